import assert from 'node:assert/strict';
import test from 'node:test';
import { compileExpression, matchesExpression } from './expressions.ts';

test('V3: an expression that is small to send and large to keep is refused', () => {
  const refused = { errorName: 'INVALID_REGULAR_EXPRESSION' };
  for (const expression of [
    '(?:[a-z]?){1000}'.repeat(600),
    '(?:(?:[a-z]?){30}){30}'.repeat(70),
    '.?'.repeat(4000),
    '('.repeat(10_001),
    `${'a'.repeat(100)}{1,1000}`,
  ])
    assert.throws(() => compileExpression(expression), refused, expression.slice(0, 30));
});

test('what people write is taken: names, prefixes, ids of a fixed length', () => {
  const names = Array.from({ length: 500 }, (_, n) => `orders-of-${n}`);
  assert.ok(matchesExpression(names.join('|'), 'orders-of-499'));
  assert.ok(
    matchesExpression('(orders|payments)-[a-z0-9]{32}\\.v[0-9]{1,4}', `orders-${'a0'.repeat(16)}.v12`),
  );
  assert.ok(matchesExpression('.{1,249}', 'x'.repeat(249)));
  assert.ok(!matchesExpression('orders', 'orders-2'));
});
