import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { OffsetIndex } from './offset-index.ts';
import { TimeIndex } from './time-index.ts';

const steps = fc.array(
  fc.record({ offsets: fc.integer({ min: 1, max: 9 }), bytes: fc.integer({ min: 1, max: 99 }) }),
);

test('a look-up finds what a scan over all entries finds', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 2 ** 40 }), (run, baseOffset) => {
      const index = new OffsetIndex(baseOffset);
      const entries: { offset: number; position: number }[] = [];
      let offset = baseOffset - 1;
      let position = 0;
      for (const step of run) {
        offset += step.offsets;
        index.append(offset, position);
        entries.push({ offset, position });
        position += step.bytes;
      }
      for (let target = baseOffset - 1; target <= offset + 2; target++)
        assert.deepEqual(
          index.lookup(target),
          entries.findLast((entry) => entry.offset <= target),
        );
      assert.ok(index.isPlausible(position, offset));
      const again = new OffsetIndex(baseOffset, index.bytesFrom(0));
      assert.deepEqual(again.last, index.last);
      assert.equal(again.count, index.count);
    }),
    { numRuns: 50 },
  );
});

test('the bytes are those of Kafka: relative offset and position, four bytes each', () => {
  const index = new OffsetIndex(1_000);
  index.append(1_002, 70);
  index.append(1_005, 300);
  assert.equal(index.bytesFrom(0).toString('hex'), '0000000200000046' + '000000050000012c');
  const times = new TimeIndex(1_000);
  times.append(0x18bcfe56800, 1_002);
  times.append(0x18bcfe56800, 1_005); // did not rise
  times.append(0x18bcfe56801, 1_005);
  assert.equal(times.bytesFrom(0).toString('hex'), '0000018bcfe5680000000002' + '0000018bcfe5680100000005');
});

test('an index that does not rise, or leads out of the segment, is not plausible', () => {
  const bytes = Buffer.from('0000000200000046' + '000000050000012c', 'hex');
  assert.ok(new OffsetIndex(0, bytes).isPlausible(301, 5));
  assert.ok(!new OffsetIndex(0, bytes).isPlausible(300, 5));
  assert.ok(!new OffsetIndex(0, bytes).isPlausible(301, 4));
  assert.ok(!new OffsetIndex(0, Buffer.concat([bytes, Buffer.alloc(8)])).isPlausible(301, 5));
});

test('a time look-up finds the entries on both sides', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 40 }), (timestamps) => {
      const index = new TimeIndex(10);
      const entries: { timestamp: number; offset: number }[] = [];
      timestamps.forEach((timestamp, n) => {
        index.append(timestamp, 10 + n);
        if (timestamp > (entries.at(-1)?.timestamp ?? -1)) entries.push({ timestamp, offset: 10 + n });
      });
      for (let target = -1; target <= 51; target++) {
        assert.deepEqual(
          index.lastBelow(target),
          entries.findLast((entry) => entry.timestamp < target),
        );
        assert.deepEqual(
          index.firstNotBelow(target),
          entries.find((entry) => entry.timestamp >= target),
        );
      }
      assert.ok(index.isPlausible(100, 50));
    }),
    { numRuns: 50 },
  );
});
