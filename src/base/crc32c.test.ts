import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { crc32c, crc32cPortable } from './crc32c.ts';

test('the checksum of "123456789" is the published one', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  assert.equal(crc32cPortable(Buffer.from('123456789')), 0xe3069283);
});

test('native and portable code agree on any bytes and any seed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(), (bytes, seed) => {
      assert.equal(crc32c(bytes, seed), crc32cPortable(bytes, seed));
    }),
  );
});

test('a checksum can be continued over parts', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ maxLength: 600 }), (first, second) => {
      assert.equal(crc32c(second, crc32c(first)), crc32c(Buffer.concat([first, second])));
    }),
  );
});
