/** A step that asks, run: answers in any order, a world outside that is down for a while, refusals, commits whose fate is unknown. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { nodeEnvironment } from '../../env/node/index.ts';
import { type Outside, type Pipeline, pipeline, serde, topic } from '../../streams/index.ts';
import type { MakeOperator } from '../../streams/operators/operator.ts';
import { frozen, type StepNode } from '../../streams/plan/node.ts';
import { finish } from '../../streams/plan/pipeline.ts';
import { withValue } from '../../streams/record.ts';
import { ArrayLog } from '../log-fixture.ts';
import { Unanswerable } from './answerer.ts';
import { runUntil } from './run-fixture.ts';

const { clock } = nodeEnvironment('/nonexistent');
const N = 400;

const looksUp: MakeOperator = (context) => ({
  process(record) {
    context.ask(record.value, (answer) => {
      if ('refusal' in answer) context.deadLetter(record, 'failed', answer.refusal);
      else context.emit(withValue(record, answer.value));
    });
  },
});

/** from in - lookup - to out */
function looking(answer: (question: unknown) => Promise<unknown>): Pipeline {
  const plan = pipeline('p', { commitEvery: '30ms' })
    .from(topic('in', { value: serde.json() }))
    .map((r) => r.value, { as: 'lookup' })
    .to(topic('out', { value: serde.json() }));
  const sink = plan.sinks[0]!;
  const step = sink.inputs[0]!.node as StepNode;
  const outside: Outside = { kind: 'function', settings: answer, atOnce: 50 };
  const node = frozen({ ...step, make: looksUp, outside });
  return finish(plan.settings, [frozen({ ...sink, inputs: [{ node, output: 0 }] })]);
}

const run = (log: ArrayLog, plan: Pipeline, isDone: () => boolean) => runUntil(plan, { log, clock }, isDone);

test('the world outside is down for a while, some commits fail, some succeed unheard: every record once, in order', async () => {
  const log = new ArrayLog(clock, { in: 1, out: 1, 'dlq.p': 1 });
  log.append('in', ...Array.from({ length: N }, (_, n) => ({ value: n })));
  let commits = 0;
  log.onCommit = () => {
    commits++;
    if (commits === 1) throw new Error('the broker is gone');
    return commits === 2;
  };
  let asked = 0;
  const told = await run(
    log,
    looking(async (question) => {
      asked++;
      if (asked > 100 && asked < 180) throw new Error('connection refused');
      await clock.sleep(Number(question) % 7);
      if (Number(question) % 50 === 0) throw new Unanswerable('no such thing');
      return { n: question };
    }),
    () => log.records('out').length + log.records('dlq.p').length >= N,
  );
  const expected = Array.from({ length: N }, (_, n) => n).filter((n) => n % 50 !== 0);
  assert.deepEqual(
    log.values('out'),
    expected.map((n) => ({ n })),
  );
  assert.deepEqual(log.values('dlq.p'), [0, 50, 100, 150, 200, 250, 300, 350]);
  const outages = told.filter((line) => line.startsWith('pipeline.outside'));
  assert.equal(outages[0], 'pipeline.outside.down lookup connection refused');
  assert.equal(outages.at(-1), 'pipeline.outside.back lookup');
  assert.ok(outages.length <= 10, outages.join('\n'));
});

test('as long as answers are missing nothing is committed and no more is read; what is stopped then comes again', async () => {
  const log = new ArrayLog(clock, { in: 1, out: 1 });
  log.append('in', { value: 1 }, { value: 2 });
  let open = 0;
  const never = looking((question) => {
    if (question === 3) assert.fail('read on');
    open++;
    return question === 1 ? Promise.resolve('one') : new Promise(() => undefined);
  });
  let stopAtMs = Infinity;
  await run(log, never, () => {
    if (open === 2 && stopAtMs === Infinity) {
      stopAtMs = clock.monotonic() + 700;
      void clock.sleep(600).then(() => log.append('in', { value: 3 })); // the first commit has been given up by then
    }
    return clock.monotonic() > stopAtMs;
  });
  assert.deepEqual([log.values('out'), log.committedOffset('in')], [[], 0]);
  await run(
    log,
    looking(async (question) => question),
    () => log.records('out').length >= 3,
  );
  assert.deepEqual(log.values('out'), [1, 2, 3]);
});
