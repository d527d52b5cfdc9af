import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { crc32c, crc32cPortable, joinCrc32c } from './crc32c.ts';

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

test('the checksums of two parts give that of both, without the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ maxLength: 600 }), (first, second) => {
      const joined = joinCrc32c(crc32c(first), crc32c(second), second.length);
      assert.equal(joined, crc32c(Buffer.concat([first, second])));
    }),
  );
  const [first, second] = [Buffer.alloc(21, 'head'), Buffer.alloc(5_000_011, 'a long part')];
  assert.equal(joinCrc32c(crc32c(first), crc32c(second), second.length), crc32c(second, crc32c(first)));
});
