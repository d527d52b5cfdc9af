/** Nothing is committed before all outputs are acknowledged, and they leave in their order. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Membership, Transaction } from '../log-client.ts';
import { AtLeastOnceWriter, type OutputProducer } from './at-least-once-writer.ts';
import type { PartitionRecords } from './batch-producer.ts';

const output = (text: string, topic = 'out') => ({
  ...{ topic, partition: 0, key: null, value: Buffer.from(text), headers: [], timestampMs: 1 },
});
const ROW = output('row', 'changelog');
const POSITION = { topic: 'in', partition: 0, offset: 1 };
const work = (rows = [ROW], positions = [POSITION]): Transaction => ({
  outputs: rows,
  positions,
  membership: {} as Membership,
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A producer that acknowledges when it is told to, and what has been done. */
function opened() {
  const done: string[] = [];
  const open: PromiseWithResolvers<void>[] = [];
  const producer = {
    send: ({ messages }: Parameters<OutputProducer['send']>[0]) => {
      const records = messages.flatMap(({ value }) => (value as unknown as PartitionRecords).records);
      done.push(`sent ${records.map(({ value }) => String(value)).join(' ')}`);
      const answer = Promise.withResolvers<void>();
      open.push(answer);
      return answer.promise;
    },
    close: () => Promise.resolve(),
  };
  const state = {
    commit: ({ outputs }: Transaction) => {
      done.push(`committed ${outputs.map(({ value }) => String(value)).join(' ')}`);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return { done, open, writer: new AtLeastOnceWriter(producer, state) };
}

test('L4: a commit waits for the acknowledgement of all that was sent before it', async () => {
  const { done, open, writer } = opened();
  writer.send([]);
  writer.send([output('a')]);
  writer.send([output('b')]);
  writer.send([output('c')]);
  const committing = writer.commit(work());
  await turn();
  assert.deepEqual(done, ['sent a']);
  open[0]!.resolve();
  await turn();
  assert.deepEqual(done, ['sent a', 'sent b c']);
  open[1]!.resolve();
  await committing;
  assert.deepEqual(done, ['sent a', 'sent b c', 'committed row']);
});

test('L4: when outputs are not acknowledged nothing is committed, and nothing that came behind them is sent', async () => {
  const { done, open, writer } = opened();
  writer.send([output('a')]);
  writer.send([output('b')]);
  open[0]!.reject(new Error('no leader'));
  await assert.rejects(writer.commit(work()), /no leader/);
  assert.throws(() => writer.send([output('c')]), /no leader/);
  await assert.rejects(writer.commit(work()), /no leader/);
  assert.deepEqual(done, ['sent a']);
});

test('outputs alone need no transaction: there is nothing to commit', async () => {
  const { done, open, writer } = opened();
  writer.send([output('a')]);
  open[0]!.resolve();
  await writer.commit(work([], []));
  assert.deepEqual(done, ['sent a']);
});
