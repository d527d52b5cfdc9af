/** What is told of tasks that fail: once for each reason, when it is over, and nothing of those that fail because the run has ended. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { nodeEnvironment } from '../env/node/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { PlanError, pipeline, serde, topic } from '../streams/index.ts';
import { ArrayLog } from './log-fixture.ts';
import { runUntil } from './outside/run-fixture.ts';
import { goneTopic } from './missing-topic.ts';
import { runPipeline } from './run.ts';
import { TAKEN } from './taken.ts';

const { clock } = nodeEnvironment('/nonexistent');
const plan = pipeline('p', { commitEvery: '20ms' })
  .from(topic('in', { value: serde.json<number>() }))
  .to(topic('out', { value: serde.json<number>() }));

/** A log whose first commits fail. */
function failing(...errors: Error[]): ArrayLog {
  const log = new ArrayLog(clock, { in: 1, out: 1 });
  log.append('in', { value: 1 });
  log.onCommit = () => {
    const error = errors.shift();
    if (error !== undefined) throw error;
    return false;
  };
  return log;
}

const told = async (log: ArrayLog) => {
  let commits = 0;
  const { onCommit } = log;
  log.onCommit = (id, transaction) => {
    const isLost = onCommit(id, transaction);
    commits++;
    return isLost;
  };
  const heard = await runUntil(plan, { log, clock }, () => commits > 0);
  assert.deepEqual(log.values('out'), [1]);
  return heard.filter((one) => one.startsWith('pipeline.task'));
};

test('the same reason is told once, another one again, and that it works again', async () => {
  const [full, gone] = [new Error('the disk is full'), new Error('the broker is gone')];
  assert.deepEqual(await told(failing(full, full, gone)), [
    'pipeline.task.failed the disk is full',
    'pipeline.task.failed the broker is gone',
    'pipeline.task.back',
  ]);
});

test('a task that another process has now is no failure', async () => {
  const fenced = new KafkaError('PRODUCER_FENCED', 'there is a newer producer');
  assert.deepEqual(await told(failing(fenced)), [`pipeline.task.taken ${TAKEN}`, 'pipeline.task.back']);
});

test('a topic that it writes and that is gone ends the run, with what to do, after a few tries', async () => {
  const log = failing();
  const partitions = log.partitions.bind(log);
  let isGone = false;
  log.partitions = async (names) =>
    new Map([...(await partitions(names))].filter(([name]) => !isGone || name !== 'out'));
  log.onCommit = () => {
    isGone = true;
    throw new Error('UNKNOWN_TOPIC_OR_PARTITION');
  };
  await assert.rejects(
    runUntil(plan, { log, clock }, () => false),
    /there is no topic 'out' any more, which the pipeline writes\. If somebody deleted it, start the pipeline again/,
  );
});

test('a topic of its own that is gone is none that anybody shall make by hand', async () => {
  const own = goneTopic('dlq.p');
  assert.deepEqual(await told(failing(own)), [
    "pipeline.task.failed there is no topic 'dlq.p' any more, which is the pipeline's own; it is looked for a few times more",
    'pipeline.task.back',
  ]);
});

test('when one task ends the run, the others that fail of it are not told', async () => {
  const log = new ArrayLog(clock, { in: 2, out: 1 });
  log.append('in', { value: 1, partition: 0 }, { value: 2, partition: 1 });
  let later: Promise<void> | undefined;
  const open = log.open.bind(log);
  log.open = async (id, ...rest) => {
    const commit = async () => {
      if (id.endsWith('-0')) throw new PlanError('the topic refuses it');
      later = clock.sleep(30);
      await later;
      throw new Error('Connection pool is closed.');
    };
    return { ...(await open(id, ...rest)), commit, close: async () => undefined };
  };
  const heard: string[] = [];
  const ended = runPipeline(plan, { client: log, clock, events: (_level, message) => heard.push(message) });
  await assert.rejects(ended, /the topic refuses it/);
  await later;
  await clock.sleep(20);
  assert.deepEqual(heard, ['pipeline.assigned']);
});
