/** What is told of inputs that get more partitions. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { pipeline, serde, topic } from '../streams/index.ts';
import { InputWatch } from './input-watch.ts';

test('an input that gets more partitions while it is read is told once for each number of them, and an outage of the log is not', async () => {
  const { layout } = pipeline('p')
    .from(topic('in', { value: serde.text }))
    .to(topic('out', { value: serde.text }));
  const told: unknown[] = [];
  const answers: (number | Error)[] = [4, new Error('away'), 6, 6, 8];
  let nowMs = 0;
  const watch = new InputWatch(
    {
      layout,
      clock: { monotonic: () => nowMs },
      events: (_level, message, fields) => told.push([message, fields?.['topic'], fields?.['partitions']]),
      client: {
        partitions: async () => {
          const answer = answers.shift()!;
          if (answer instanceof Error) throw answer;
          return new Map([['in', answer]]);
        },
      },
    },
    ['in'],
    () => 4,
  );
  watch.look();
  assert.equal(answers.length, 5, 'not yet');
  const lookLater = async () => {
    nowMs += 10_000;
    watch.look();
    watch.look();
    await new Promise(setImmediate);
  };
  for (let n = 0; n < 4; n++) await lookLater();
  assert.deepEqual(told, [['pipeline.input.grown', 'in', 6]]);
  watch.close();
  await lookLater();
  assert.deepEqual([told.length, answers.length], [1, 0]);
});
