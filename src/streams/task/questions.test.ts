/** Steps that ask outside: whatever order and time the answers come in, what comes out is what comes out when all come at once. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Driver, type DriverOptions } from '../driver/driver.ts';
import type { Answer, MakeOperator, Outside } from '../operators/operator.ts';
import { reorder } from '../operators/reorder.ts';
import { reorderSettings } from '../operators/reorder-options.ts';
import { eventTime } from '../operators/stateless.ts';
import { layout } from '../plan/layout.ts';
import { frozen, type StepNode } from '../plan/node.ts';
import { serde } from '../plan/serde.ts';
import { pipeline } from '../plan/start.ts';
import { topic } from '../plan/topic.ts';
import { headerText, type StreamRecord, withValue } from '../record.ts';

interface Event {
  readonly n: number;
  readonly at: number;
}
const OUTSIDE: Outside = { kind: 'test', settings: undefined, atOnce: 3 };

/** Asks about odd numbers; even ones need no answer. */
const looksUp: MakeOperator = (context) => ({
  process(record) {
    const { n } = record.value as Event;
    if (n % 2 === 0) return context.emit(record);
    context.ask({ n }, (answer: Answer) => {
      if ('refusal' in answer) context.deadLetter(record, 'failed', answer.refusal);
      else context.emit(withValue(record, { ...(record.value as Event), [context.step]: answer.value }));
    });
  },
});

function plan(...drafts: Partial<StepNode>[]) {
  const template = pipeline('p')
    .from(topic('in', { value: serde.json<Event>() }))
    .map((r) => r.value)
    .to(topic('out', { value: serde.json<Event>() }));
  const sink = template.sinks[0]!;
  const step = sink.inputs[0]!.node as StepNode;
  let edge = step.inputs[0]!;
  for (const draft of drafts) {
    const node = frozen({ ...step, make: looksUp, ...draft, inputs: [edge] });
    edge = { node, output: 0 };
  }
  const places = layout(template.settings, [frozen({ ...sink, inputs: [edge] })]);
  return (options?: DriverOptions) => new Driver(places, options);
}

const timed: Partial<StepNode> = {
  type: 'eventTime',
  make: eventTime((record: StreamRecord) => (record.value as Event).at * 1000),
  time: { maxOutOfOrderMs: 2000, idleAfterMs: 10_000 },
};
const ordered: Partial<StepNode> = {
  type: 'reorder',
  make: reorder(reorderSettings({ by: 'event-time' }, { store: 'memory' })),
  state: 'held records',
};
const first: Partial<StepNode> = { label: 'first', outside: OUTSIDE };
const second: Partial<StepNode> = { label: 'second', outside: OUTSIDE };

const answer = (question: unknown) => {
  const { n } = question as { n: number };
  if (n % 5 === 0) throw new Error(`nobody knows ${n}`);
  return n * 10;
};
/** Sorted: dead letters of different steps are in no order. */
const refused = (driver: Driver) =>
  driver
    .read('dlq.p')
    .map(({ value, headers }) => `${value} ${headerText(headers, '__streams.errors.reason')}`)
    .sort();

test('answers in any order, crashes between them, two steps that ask: outputs, order and lateness as if all came at once', () => {
  const batches = fc.array(fc.array(fc.integer({ min: -6, max: 6 }), { maxLength: 12 }), { maxLength: 6 });
  fc.assert(
    fc.property(batches, fc.infiniteStream(fc.nat({ max: 1000 })), (histories, chances) => {
      const make = plan(timed, first, second, ordered);
      const prompt = make({ answers: { first: answer, second: answer } });
      const slow = make();
      const next = () => chances.next().value as number;
      let n = 0;
      for (const jumps of histories) {
        const records = jumps.map((jump) => ({ value: { n: n++, at: 100 + n + jump } }));
        for (const record of records) prompt.write('in', record); // answered before the next one is read
        slow.write('in', ...records);
        while (slow.questions.length > 0) {
          const chance = next();
          if (chance < 20) slow.crash();
          const question = slow.questions[chance % slow.questions.length]!;
          try {
            slow.answer(question, answer(question.data));
          } catch (error) {
            if ((error as Error).message.startsWith('nobody')) slow.refuse(question, 'no');
            else throw error;
          }
        }
      }
      for (const driver of [prompt, slow]) driver.advance('60s');
      assert.deepEqual(slow.values('out'), prompt.values('out'));
      assert.deepEqual(refused(slow), refused(prompt));
    }),
    { numRuns: 60 },
  );
});

test('at most atOnce questions are outside, and nothing is committed before the last is answered', () => {
  const driver = plan(first)();
  driver.write('in', ...[1, 3, 5, 7, 8].map((n) => ({ value: { n, at: n } })));
  assert.deepEqual(
    driver.questions.map(({ data }) => data),
    [{ n: 1 }, { n: 3 }, { n: 5 }],
  );
  driver.answer(driver.questions[2]!, 'five');
  assert.equal(driver.questions.length, 3); // 7 is outside now
  for (const question of [...driver.questions].reverse()) {
    assert.deepEqual(driver.values('out'), []);
    driver.answer(question, 'late');
  }
  assert.deepEqual(driver.values('out'), [
    { n: 1, at: 1, first: 'late' },
    { n: 3, at: 3, first: 'late' },
    { n: 5, at: 5, first: 'five' },
    { n: 7, at: 7, first: 'late' },
    { n: 8, at: 8 },
  ]);
});

test('an outage is no silence: what comes after it is not late, however long nobody answered', () => {
  const driver = plan(timed, first, ordered)();
  driver.write('in', { value: { n: 1, at: 100 } });
  for (let n = 0; n < 5; n++) driver.advance('9s'); // idle after 10 s, were it silence
  driver.answer(driver.questions[0]!, 'at last');
  driver.write('in', { value: { n: 2, at: 99 } });
  for (let n = 0; n < 3; n++) driver.advance('30s');
  assert.deepEqual(
    driver.values('out').map((value) => (value as Event).n),
    [2, 1],
  );
});

test('event time behind a step that asks is refused, with what to do', () => {
  assert.throws(() => plan(first, timed)(), /'eventTime' says what event time is, behind a step that asks/);
});
