import assert from 'node:assert/strict';
import test from 'node:test';
import { MemoryDisk } from '../env/memory/index.ts';
import { RecordBatch } from '../protocol/index.ts';
import { batchOf, LogWorld, NOW } from './log-fixture.ts';
import type { WritableBatch } from './log-state.ts';
import { ProducerState } from './producer-state.ts';

function entryOf({ bytes, baseOffset, lastOffset, maxTimestamp }: WritableBatch) {
  const { producerId, producerEpoch, baseSequence, attributes } = RecordBatch.at(bytes, 0);
  return { producerId, producerEpoch, baseSequence, attributes, baseOffset, lastOffset, maxTimestamp };
}

function markerBatch(
  offset: number,
  more: Parameters<typeof batchOf>[3],
  type: number,
  coordinatorEpoch: number,
) {
  const key = Buffer.from([0, 0, 0, type]);
  const value = Buffer.alloc(6);
  value.writeInt32BE(coordinatorEpoch, 2);
  return batchOf(offset, [NOW], 0, { ...more, records: [{ timestamp: NOW, key, value, headers: [] }] });
}

test('a producer snapshot is there at the next start, and stays until the one after it counts', async () => {
  const disk = new MemoryDisk();
  const world = new LogWorld(disk);
  const producers = new ProducerState({ expirationMs: 1e9 });
  const snapshots = async () =>
    (await disk.list(world.log.directory)).filter((name) => name.endsWith('.snapshot'));
  const states = [];
  for (let n = 0; n < 4; n++) {
    const batch = batchOf(n, [NOW], 20, { producerId: 9, producerEpoch: 0, baseSequence: n });
    await world.log.write([batch], NOW);
    producers.replay({ ...entryOf(batch), coordinatorEpoch: -1, markerType: -1 }, NOW);
    await world.log.writeSnapshot(n + 1, producers.encodeSnapshot()!);
    await world.log.sync();
    states.push(world.log.state());
  }
  assert.deepEqual(await snapshots(), ['00000000000000000003.snapshot', '00000000000000000004.snapshot']);
  producers.replay(
    { ...entryOf(batchOf(4, [NOW], 20, { producerId: 8 })), coordinatorEpoch: 1, markerType: 1 },
    NOW,
  );
  await world.log.writeSnapshot(4, producers.encodeSnapshot()!); // the log did not grow, the producers changed
  assert.deepEqual(await snapshots(), ['00000000000000000004.snapshot']);
  const next = new LogWorld(disk, states[3]);
  assert.deepEqual(await next.log.readSnapshot(), producers.encodeSnapshot());
  assert.equal(await new LogWorld(disk).log.readSnapshot(), undefined);
});

test('when a producer snapshot is damaged the segments tell what they know of producers', async () => {
  const disk = new MemoryDisk();
  const world = new LogWorld(disk);
  const data = { producerId: 9, producerEpoch: 2, isTransactional: true };
  const batches = [
    batchOf(0, [NOW, NOW], 20, { ...data, baseSequence: 0 }),
    batchOf(2, [NOW, NOW], 20, { producerId: 4, producerEpoch: 0, baseSequence: 70 }),
    markerBatch(4, { ...data, isControl: true }, 0, 33),
    batchOf(5, [NOW], 20, { ...data, baseSequence: 2 }),
    batchOf(6, [NOW], 20),
  ];
  const expected = new ProducerState({ expirationMs: 1e9 });
  for (const batch of batches.filter((_, n) => n !== 2))
    expected.replay({ ...entryOf(batch), coordinatorEpoch: -1, markerType: -1 }, NOW);
  await world.log.write(batches, NOW);
  await world.log.writeSnapshot(7, Buffer.from('no snapshot'));
  const next = new LogWorld(disk, world.log.state());
  const rebuilt = new ProducerState({ expirationMs: 1e9 });
  rebuilt.restore((await next.log.readSnapshot())!);
  assert.match(next.told[0]!.message, /snapshot is damaged/);
  assert.equal(rebuilt.firstOpenOffset, 5);
  const of9 = rebuilt.find(9, NOW)!;
  assert.deepEqual(of9.batches, expected.find(9, NOW)!.batches);
  assert.deepEqual([of9.coordinatorEpoch, of9.producerEpoch], [33, 2]);
  assert.deepEqual(rebuilt.find(4, NOW)!.batches, expected.find(4, NOW)!.batches);
});
