import assert from 'node:assert/strict';
import test from 'node:test';
import { ByteBudget } from './byte-budget.ts';

test('Y2: of those who ask for much nobody overtakes who waits; who asks for little does', () => {
  const budget = new ByteBudget(1_000_000);
  const granted: string[] = [];
  assert.ok(budget.take(800_000));
  assert.equal(budget.take(600_000), false);
  budget.wait(600_000, () => granted.push('first'));
  assert.equal(budget.take(100_000), false);
  budget.wait(100_000, () => granted.push('second'));
  assert.ok(budget.take(1_000));
  budget.give(800_000);
  assert.deepEqual(granted, ['first', 'second']);
  assert.equal(budget.usedBytes, 701_000);
});

test('Y2: one is let in when nothing is used, however much it asks for', () => {
  const budget = new ByteBudget(100);
  assert.ok(budget.take(1_000));
  assert.equal(budget.take(1), false);
});

test('Y3: who left is not waited for', () => {
  const budget = new ByteBudget(100);
  const granted: string[] = [];
  budget.take(80);
  const leave = budget.wait(90, () => granted.push('gone'));
  budget.wait(20, () => granted.push('second'));
  assert.deepEqual(granted, []);
  leave();
  assert.deepEqual(granted, ['second']);
  assert.equal(budget.usedBytes, 100);
});
