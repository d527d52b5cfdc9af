import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { nameAt } from './names.ts';

test('a name is what its bytes say, however often it came and whatever came between', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => Buffer.from(text)),
    fc.constantFrom('orders', 'order', 'ordert', 'payments-1').map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 20 }), (names) => {
      const buffer = Buffer.concat(names);
      for (let round = 0; round < 2; round++)
        names.reduce((at, name) => {
          assert.equal(nameAt(buffer, at, name.length), Buffer.from(name).toString('utf8'));
          return at + name.length;
        }, 0);
    }),
  );
});

test('a name that is kept does not change with the buffer that it was read from', () => {
  const buffer = Buffer.from('name-a');
  assert.equal(nameAt(buffer, 0, 6), 'name-a');
  buffer[5] = 0x62;
  assert.equal(nameAt(buffer, 0, 6), 'name-b');
  assert.equal(nameAt(Buffer.from('name-a'), 0, 6), 'name-a');
});
