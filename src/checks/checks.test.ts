import assert from 'node:assert/strict';
import test from 'node:test';
import { type Cpu, WorkFailed } from '../env/index.ts';
import { encodeBatch, KafkaError, RecordBatch } from '../protocol/index.ts';
import { type CheckDefinition, Checks } from './index.ts';

const DEFINITION: CheckDefinition = { kind: 'schema', text: '{"type":"object"}' };

/** Its first jobs die with their thread. */
function dyingCpu(deaths: number): Cpu {
  let left = deaths;
  return {
    async run(work, setup, job) {
      if (left-- > 0) throw new WorkFailed('died', 'the thread ended');
      return work.prepare(setup)(job);
    },
  };
}

function look(deaths: number) {
  const wish = { topic: 'orders', definition: DEFINITION, deadLetterTopic: undefined };
  const check = new Checks(dyingCpu(deaths)).of(wish, () => 1000);
  const records = [{ key: null, value: Buffer.from('{}'), headers: [], timestamp: 1 }];
  return check.look(RecordBatch.at(encodeBatch({ records }), 0), 0);
}

test('a thread that dies is no word about a batch or a definition: another one looks; twice is', async () => {
  assert.equal(await new Checks(dyingCpu(1)).examine(DEFINITION), undefined);
  assert.match((await new Checks(dyingCpu(2)).examine(DEFINITION))!, /the thread ended/);
  assert.equal((await look(1)).kind, 'fine');
  await assert.rejects(
    look(2),
    (error) => error instanceof KafkaError && error.errorName === 'INVALID_RECORD',
  );
});
