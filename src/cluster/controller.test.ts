import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment } from '../env/memory/index.ts';
import { SeededRandom } from '../env/seeded-random.ts';
import { read } from '../partition/index.ts';
import { lived, StorageWorld } from '../partition/storage-fixture.ts';
import { Controller } from './controller.ts';
import type { ClusterImage } from './image.ts';
import type { MetadataRecord } from './records.ts';

const LONG = 40;

/** All that an image says, taken from it directly. */
function saying(image: ClusterImage): unknown {
  const set = (all: ReadonlyMap<string, ReadonlyMap<string, string>>) =>
    [...all]
      .filter(([, configs]) => configs.size > 0)
      .map(([name, configs]) => [name, [...configs].sort()])
      .sort();
  const topics = [...image.topics].map(({ id, name, partitionCount, isInternal, configs }) => [
    name,
    { id, partitionCount, isInternal, configs: [...configs].sort() },
  ]);
  const { nextProducerId } = image;
  return {
    topics: topics.sort(),
    brokers: set(image.brokerConfigs),
    groups: set(image.groupConfigs),
    nextProducerId,
  };
}

async function open(storage: StorageWorld, diesAt?: number) {
  const { partitions, partition } = await storage.open(diesAt);
  const controller = new Controller({ now: () => storage.now } as never, LONG);
  await controller.load(partition, read);
  const shorten = () => controller.shorten(1, (log, offset) => partitions.deleteRecords(log, offset));
  /** Commits once the journal has room. */
  const commit = async (records: readonly MetadataRecord[]) => {
    for (let wait = partitions.whenReady(4096); wait !== undefined; wait = partitions.whenReady(4096))
      await wait;
    await controller.commit(records);
  };
  return { partitions, partition, controller, shorten, commit };
}

function decision(random: SeededRandom, image: ClusterImage, id: number): MetadataRecord[] {
  const topics = [...image.topics];
  const topic = topics[random.below(topics.length || 1)];
  const dice = random.below(10);
  const value = random.below(3) === 0 ? null : String(random.below(100));
  const config = { kind: 'config', name: `setting.${random.below(3)}`, value } as const;
  if (topic === undefined || (dice < 2 && topics.length < 4)) {
    const topicId = id.toString(16).padStart(32, '0');
    return [
      { kind: 'topic', topicId, name: `topic-${id}` },
      { kind: 'partition', topicId, partition: 0, leader: 1 },
    ];
  }
  const { id: topicId, name, partitionCount: partition } = topic;
  if (dice < 3) return [{ kind: 'remove-topic', topicId }];
  if (dice < 4 && partition < 5) return [{ kind: 'partition', topicId, partition, leader: 1 }];
  if (dice < 7) return [{ ...config, resourceType: 'topic', resourceName: name }];
  if (dice < 8) return [{ ...config, resourceType: 'broker', resourceName: ['', '1'][random.below(2)]! }];
  if (dice < 9) return [{ ...config, resourceType: 'group', resourceName: 'g' }];
  return [{ kind: 'producer-ids', nextProducerId: image.nextProducerId + 1_000 }];
}

test('a log that is shortened again and again stays short, and always gives the same image', async () => {
  for (let seed = 0; seed < 3; seed++) {
    const random = new SeededRandom(`metadata ${seed}`);
    const storage = new StorageWorld(memoryEnvironment());
    let { partition, controller, shorten, commit } = await open(storage);
    let shortened = 0;
    for (let step = 0; step < 200; step++) {
      await commit(decision(random, controller.image, step + 1));
      if (random.below(4) === 0) {
        const before = partition.logStartOffset;
        await shorten();
        if (partition.logStartOffset > before) shortened++;
      }
      if (random.below(40) > 0) continue;
      const said = saying(controller.image);
      ({ partition, controller, shorten, commit } = await open(storage));
      assert.deepEqual(saying(controller.image), said, `seed ${seed}`);
    }
    assert.ok(shortened > 1, `seed ${seed}: ${shortened} times`);
    assert.ok(partition.highWatermark - partition.logStartOffset < 6 * LONG);
  }
});

test('a log whose image is as long is looked at again when it is four times longer, not at every change', async () => {
  const { controller, shorten } = await open(new StorageWorld(memoryEnvironment()));
  let looks = 0;
  controller.onGrown = () => {
    looks++;
    void shorten();
  };
  for (let n = 0; n < 40 * LONG; n++)
    await controller.commit([
      { kind: 'topic', topicId: n.toString(16).padStart(32, '0'), name: `topic-${n}` },
    ]);
  assert.ok(looks >= 2 && looks <= 4, `${looks} looks`);
});

test('a crash before any change of the disk while the log is shortened keeps the image', async () => {
  for (let diesAt = 0; ; diesAt++) {
    const storage = new StorageWorld(memoryEnvironment());
    const first = await open(storage);
    const random = new SeededRandom('shorten');
    for (let step = 0; step < 120; step++)
      await first.commit(decision(random, first.controller.image, step + 1));
    await first.partitions.close();
    const said = saying(first.controller.image);
    const work = (async () => {
      const { partitions, shorten } = await open(storage, diesAt);
      await shorten();
      await partitions.checkpoint();
      await partitions.upkeep.disposal.finish();
    })();
    const isDone = await lived(storage, diesAt, work);
    const { controller, partition } = await open(storage);
    assert.deepEqual(saying(controller.image), said, `dies at ${diesAt}`);
    if (!isDone) continue;
    assert.ok(partition.logStartOffset > 0);
    return;
  }
});
