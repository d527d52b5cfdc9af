import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { TurnGate } from './turn-gate.ts';

test('one a turn gets through, in the order in which they came, and nobody waits for those who are gone', async () => {
  let turn = 0;
  const clock = { turn: () => setImmediate().then(() => void turn++) };
  const gate = new TurnGate(clock);
  const through: [name: string, turn: number][] = [];
  const ask = (name: string): void => {
    const wait = gate.pass();
    if (wait === undefined) through.push([name, turn]);
    else if (name !== 'gone') void wait.then(() => ask(name));
  };
  for (const name of ['a', 'b', 'gone', 'c']) ask(name);
  assert.deepEqual(through, [['a', 0]]);
  while (through.length < 3) await setImmediate();
  const [, b, c] = through;
  assert.deepEqual([b![0], c![0]], ['b', 'c']);
  assert.ok(0 < b![1] && b![1] < c![1], JSON.stringify(through));
  for (let n = 0; n < 5; n++) await setImmediate();
  const before = turn;
  for (let n = 0; n < 5; n++) await setImmediate();
  assert.equal(turn, before, 'it rests');
  ask('later');
  assert.deepEqual(through.at(-1), ['later', turn]);
});
