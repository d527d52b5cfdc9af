import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment } from '../env/memory/index.ts';
import { SeededRandom } from '../env/seeded-random.ts';
import { encodeBatch, encodeMarker, KafkaError, RecordsRefused } from '../protocol/index.ts';
import { read } from './reading.ts';
import type { DedupeRule } from './dedupe.ts';
import { DedupeModel, type ModelRecord } from './dedupe-model.ts';
import type { Partition } from './partition.ts';
import { durable } from './durable.ts';
import type { Partitions } from './partitions.ts';
import { readAll, StorageWorld, TOPIC } from './storage-fixture.ts';

const RULE: DedupeRule = { by: 'header:id', windowMs: 1000, windowCount: 100, missing: 'accept' };
const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** A folder with one partition that deduplicates; its settings are known only after replay, as a broker has it. */
class DedupeWorld {
  readonly storage: StorageWorld;
  rule: DedupeRule | undefined;
  partitions!: Partitions;
  partition!: Partition;

  constructor(rule: DedupeRule | undefined = RULE, options: { dedupeBytes?: number } = {}) {
    this.storage = new StorageWorld(memoryEnvironment(), { segmentBytes: 64 * 1024 }, options);
    this.rule = rule;
  }

  async open(): Promise<this> {
    ({ partitions: this.partitions, partition: this.partition } = await this.storage.open());
    this.configure(this.rule);
    return this;
  }

  configure(rule: DedupeRule | undefined): void {
    this.rule = rule;
    this.partitions.reconfigure(TOPIC, { ...this.storage.config, dedupe: rule });
  }

  append(ids: readonly (string | null)[], more: Partial<Parameters<typeof encodeBatch>[0]> = {}) {
    const records = ids.map((id, n) => ({
      key: null,
      value: Buffer.from(`${id}-${n}`),
      headers: id === null ? [] : ([['id', Buffer.from(id)]] as const),
      timestamp: this.storage.now,
    }));
    return this.send(encodeBatch({ records, ...more }));
  }

  async send(bytes: Buffer): Promise<number> {
    const ready = () => this.partitions.whenReady(bytes.length);
    for (let wait = ready(); wait !== undefined; wait = ready()) await wait;
    const { baseOffset, frame } = this.partition.append(bytes, this.storage.now);
    await durable([frame]);
    return baseOffset;
  }

  async end(producerId: number, isCommit: boolean): Promise<void> {
    const marker = {
      producerId,
      producerEpoch: 0,
      isCommit,
      coordinatorEpoch: 0,
      timestamp: this.storage.now,
    };
    await durable([this.partition.appendOwn(encodeMarker(marker), this.storage.now).frame]);
  }

  async ids(): Promise<string[]> {
    const records = await readAll(this.partition);
    return records.map(({ headers }) => headers[0]?.[1]?.toString() ?? '');
  }
}

const idempotent = (producerId: number, baseSequence: number) => ({
  producerId,
  producerEpoch: 0,
  baseSequence,
});
const transactional = (producerId: number, baseSequence: number) => ({
  ...idempotent(producerId, baseSequence),
  isTransactional: true,
});
const refusedWith = (name: string) => (error: unknown) =>
  error instanceof KafkaError && error.errorName === name;

test('I7: a batch that is there already gets its offset again, and nothing is appended', async () => {
  const world = await new DedupeWorld().open();
  assert.equal(await world.append(['x']), 0);
  assert.equal(await world.append(['a', 'b']), 1);
  assert.equal(await world.append(['a', 'b']), 1);
  assert.equal(await world.append(['b']), 2);
  assert.equal(world.partition.logEndOffset, 3);
});

test('I7: the sequence of a batch that is there already moves on, also after kill -9 and after a checkpoint', async () => {
  const world = await new DedupeWorld().open();
  assert.equal(await world.append(['a', 'b'], idempotent(7, 0)), 0);
  assert.equal(await world.append(['a', 'b'], idempotent(8, 0)), 0, 'the first batch of its producer');
  assert.equal(await world.append(['b'], idempotent(7, 2)), 1);
  await world.open();
  assert.equal(await world.append(['b'], idempotent(7, 2)), 1, 'its retry');
  assert.equal(await world.append(['c'], idempotent(7, 3)), 2);
  assert.equal(await world.append(['a'], idempotent(8, 2)), 0);
  await world.partitions.checkpoint();
  await world.open();
  assert.equal(await world.append(['d'], idempotent(8, 3)), 3);
  await assert.rejects(world.append(['a'], idempotent(8, 9)), refusedWith('OUT_OF_ORDER_SEQUENCE_NUMBER'));
  assert.deepEqual(await world.ids(), ['a', 'b', 'c', 'd']);
});

test('the retry of a batch of a transaction of which nothing was appended is answered again', async () => {
  const world = await new DedupeWorld().open();
  await world.append(['x']);
  await world.append(['a'], transactional(9, 0));
  assert.equal(await world.append(['x', 'a'], transactional(9, 1)), 0);
  assert.equal(await world.append(['x', 'a'], transactional(9, 1)), 0);
  await world.end(9, true);
  assert.deepEqual([world.partition.logEndOffset, await world.append(['a'])], [3, 1]);
});

test('I7: such a retry is answered also when the window has let go of its ids meanwhile, and then without an offset', async () => {
  for (const kind of [idempotent, transactional]) {
    const world = await new DedupeWorld({ ...RULE, windowCount: 1 }).open();
    await world.append(['a']);
    await world.append(['a'], kind(9, 0));
    await world.append(['b']); // 'a' is out of the window
    assert.equal(await world.append(['a'], kind(9, 0)), -1);
    await world.open();
    assert.equal(await world.append(['a'], kind(9, 0)), -1);
    assert.equal(await world.append(['c'], kind(9, 1)), 2);
    assert.equal(world.partition.logEndOffset, 3);
  }
});

test('I7: such a retry is answered whatever its topic asks for by now', async () => {
  const world = await new DedupeWorld().open();
  await world.append(['a', 'b']);
  await world.append(['a', 'b'], idempotent(9, 0));
  world.configure({ ...RULE, by: 'header:other', missing: 'reject' });
  assert.equal(await world.append(['a', 'b'], idempotent(9, 0)), -1, 'not one of its records has that id');
  world.configure(RULE);
  assert.equal(await world.append(['a', 'b'], idempotent(9, 0)), 0);
  assert.equal(world.partition.logEndOffset, 2);
});

test('I7: such a retry is answered also when a check refuses its records by now', async () => {
  const world = await new DedupeWorld().open();
  await world.append(['a']);
  await world.append(['a'], idempotent(9, 0));
  const refused = [{ index: 0, why: 'is bad' }];
  const look = () => Promise.resolve({ kind: 'refused', refused, count: 1 } as const);
  const config = { ...world.partition.config, check: { deadLetterTopic: undefined, look } };
  world.partitions.reconfigure(TOPIC, config);
  const records = [{ key: null, value: null, headers: [['id', Buffer.from('a')]] as const, timestamp: 1 }];
  const send = (baseSequence: number) =>
    world.partition.appendChecked(
      encodeBatch({ records, ...idempotent(9, baseSequence) }),
      world.storage.now,
      { deadLetters: () => assert.fail('no dead letters') },
    );
  assert.equal((await send(0)).baseOffset, 0);
  await assert.rejects(send(1), (error: unknown) => error instanceof RecordsRefused);
});

test('I7: such a retry is answered also when there is no room for the ids of its transaction by now', async () => {
  const world = await new DedupeWorld({ ...RULE, windowCount: 1 }, { dedupeBytes: 50_000 }).open();
  await world.append(['a']);
  await world.append(['a'], transactional(9, 0));
  await world.append(['b']); // 'a' is out of the window
  const hold = (n: number) =>
    world.append(
      Array.from({ length: 100 }, (_, m) => `${n}-${m}`),
      transactional(10, n * 100),
    );
  await assert.rejects(async () => {
    for (let n = 0; n < 100; n++) await hold(n);
  }, refusedWith('POLICY_VIOLATION'));
  assert.equal(await world.append(['a'], transactional(9, 0)), -1);
});

for (const compression of COMPRESSIONS)
  test(`I8: duplicates are taken out of a batch, offsets and sequence stay (${compression})`, async () => {
    const world = await new DedupeWorld().open();
    await world.append(['a', 'b']);
    assert.equal(await world.append(['a', 'c', 'c', 'b', 'd'], { ...idempotent(7, 0), compression }), 2);
    assert.equal(await world.append(['e'], idempotent(7, 5)), 7);
    const records = await readAll(world.partition);
    assert.deepEqual(
      records.map(({ offset, value }) => [offset, value!.toString()]),
      [
        [0, 'a-0'],
        [1, 'b-1'],
        [3, 'c-1'],
        [6, 'd-4'],
        [7, 'e-0'],
      ],
    );
  });

test('I9: an id counts with its transaction’s commit, and not at all when that is aborted', async () => {
  const world = await new DedupeWorld().open();
  await world.append(['a', 'b'], transactional(9, 0));
  await world.append(['c'], transactional(10, 0));
  await assert.rejects(world.append(['z', 'a']), refusedWith('NOT_ENOUGH_REPLICAS'));
  await assert.rejects(world.append(['c'], transactional(9, 2)), refusedWith('NOT_ENOUGH_REPLICAS'));
  assert.equal(world.partition.logEndOffset, 3);
  await world.partitions.checkpoint();
  await world.open();
  await assert.rejects(world.append(['a']), refusedWith('NOT_ENOUGH_REPLICAS'));
  await world.end(9, false);
  await world.end(10, true);
  assert.equal(await world.append(['a']), 5);
  assert.equal(await world.append(['c']), 2);
});

test('the window ends by time and by count, and a change of it counts at once', async () => {
  const world = await new DedupeWorld({ ...RULE, windowCount: 3 }).open();
  await world.append(['a', 'b', 'c']);
  assert.equal(await world.append(['a']), 0);
  assert.equal(await world.append(['d']), 3);
  assert.equal(await world.append(['a']), 4);
  world.storage.now += 999;
  assert.equal(await world.append(['d']), 3);
  world.storage.now += 1;
  assert.equal(await world.append(['d']), 5);
  world.configure({ ...RULE, windowCount: 1 });
  assert.equal(await world.append(['a', 'd', 'a']), 6);
  assert.deepEqual((await world.ids()).slice(6), ['a', 'd', 'a']);
});

test('records without the id are kept, or refuse their batch', async () => {
  const world = await new DedupeWorld().open();
  await world.append([null, null, 'a']);
  assert.equal(await world.append([null, 'a']), 3);
  assert.equal(world.partition.logEndOffset, 5);
  world.configure({ ...RULE, missing: 'reject' });
  await assert.rejects(world.append(['b', null]), (error: unknown) => {
    assert.ok(error instanceof RecordsRefused);
    assert.deepEqual(
      error.records.map(({ index }) => index),
      [1],
    );
    return true;
  });
  assert.equal(await world.append(['b']), 5, 'nothing of the refused batch is known');
});

for (const by of ['key', 'value'] as const)
  test(`gregor.dedupe.by=${by}, and ids of one setting are not those of another`, async () => {
    const world = await new DedupeWorld({ ...RULE, by }).open();
    const send = (id: string) => {
      const field = { key: null, value: null, [by]: Buffer.from(id) };
      return world.send(encodeBatch({ records: [{ ...field, headers: [], timestamp: 1 }] }));
    };
    assert.deepEqual([await send('a'), await send('a'), await send('b')], [0, 0, 1]);
    world.configure(RULE);
    assert.equal(await world.append(['a']), 2);
    world.configure({ ...RULE, by });
    assert.equal(await send('a'), 0);
  });

test('a topic that stops to deduplicate forgets, also over a kill -9', async () => {
  const world = await new DedupeWorld().open();
  await world.append(['a']);
  world.configure(undefined);
  assert.equal(await world.append(['a']), 1);
  await world.open();
  world.configure(RULE);
  assert.equal(await world.append(['a']), 2);
  assert.equal(await world.append(['a']), 2);
});

test('a duplicate is answered only once its original is durable', async () => {
  const world = await new DedupeWorld().open();
  const bytes = encodeBatch({
    records: [{ key: null, value: null, headers: [['id', Buffer.from('a')]], timestamp: 1 }],
  });
  const first = world.partition.append(bytes, world.storage.now);
  const again = world.partition.append(bytes, world.storage.now);
  assert.equal(again.frame, first.frame);
  assert.ok(first.frame !== undefined);
  await durable([first.frame]);
  assert.equal((await read(world.partition, 0, 1024, 'read_uncommitted')).length, 1);
});

test('I10: a memory limit that cuts a window short is counted and told, and decisions after a kill know no less', async () => {
  const world = await new DedupeWorld(
    { ...RULE, windowMs: 1e9, windowCount: Number.POSITIVE_INFINITY },
    { dedupeBytes: 100_000 },
  ).open();
  for (let n = 0; n < 80; n++) await world.append(Array.from({ length: 100 }, (_, m) => `${n}-${m}`));
  const { cutShort, usedBytes, ids } = world.partitions.progress().dedupe;
  assert.ok(usedBytes <= 100_000);
  assert.equal(cutShort + ids, 8000);
  assert.equal(world.storage.told.filter((text) => text.includes('gregor.dedupe.bytes')).length, 1);
  assert.equal(await world.append(['79-99']), 7999);
  assert.equal(await world.append(['0-0']), 8000);
});

test('a damaged snapshot of ids is told, and costs no record', async () => {
  const world = await new DedupeWorld().open();
  await world.append(['a']);
  await world.partitions.close();
  const directory = `partitions/${TOPIC}-0`;
  const name = (await world.storage.disk.list(directory)).find((one) => one.endsWith('.dedupe'));
  const file = await world.storage.disk.open(`${directory}/${name}`);
  await file.write(30, [Buffer.from([255])]);
  await file.close();
  await world.open();
  assert.ok(world.storage.told.some((text) => text.includes('dedupe snapshot')));
  assert.equal(await world.append(['a']), 1);
  assert.equal(await world.append(['a']), 1);
});

/** Random histories, with kills, restarts and checkpoints between any two steps, decide as the naive model does. */
for (let seed = 1; seed <= 12; seed++)
  test(`dedupe decides as the naive model, seed ${seed}`, async () => {
    const random = new SeededRandom(`dedupe ${seed}`);
    const rule: DedupeRule = {
      by: 'header:id',
      windowMs: random.below(2) === 0 ? 50 : 1e6,
      windowCount: [3, 8, Number.POSITIVE_INFINITY][random.below(3)]!,
      missing: 'accept',
    };
    const world = await new DedupeWorld(rule).open();
    const model = new DedupeModel(rule);
    const sequences = new Map<number, number>();
    for (let step = 0; step < 150; step++) {
      world.storage.now += random.below(12);
      const dice = random.below(20);
      if (dice === 0) await world.partitions.checkpoint();
      else if (dice === 1) await world.open();
      else if (dice === 2) {
        await world.partitions.close();
        await world.open();
      } else if (dice <= 5) {
        const producerId = 20 + random.below(2);
        if (!model.isOpen(producerId)) continue;
        const isCommit = random.below(2) === 0;
        await world.end(producerId, isCommit);
        model.end(producerId, isCommit, world.storage.now);
      } else await produce(world, model, random, sequences);
    }
    assert.deepEqual(
      (await readAll(world.partition))
        .filter(({ key }) => key === null)
        .map(({ offset, headers }) => [offset, headers[0]?.[1]?.toString() ?? null]),
      model.log,
    );
  });

async function produce(
  world: DedupeWorld,
  model: DedupeModel,
  random: SeededRandom,
  sequences: Map<number, number>,
): Promise<void> {
  const producerId = [-1, 10, 11, 20, 21][random.below(5)]!;
  const isTransactional = producerId >= 20;
  const ids: ModelRecord[] = Array.from({ length: 1 + random.below(5) }, () =>
    random.below(12) === 0 ? null : `id-number-${random.below(14)}`,
  );
  const baseSequence = producerId < 0 ? -1 : (sequences.get(producerId) ?? 0);
  const more = { ...(producerId < 0 ? {} : idempotent(producerId, baseSequence)), isTransactional };
  const compression = COMPRESSIONS[random.below(5)]!;
  const expected = model.produce(ids, isTransactional ? producerId : undefined, world.storage.now);
  if (expected === 'held')
    return assert.rejects(world.append(ids, { ...more, compression }), refusedWith('NOT_ENOUGH_REPLICAS'));
  assert.equal(await world.append(ids, { ...more, compression }), expected.baseOffset);
  assert.equal(world.partition.logEndOffset, model.logEndOffset);
  if (producerId < 0) return;
  sequences.set(producerId, baseSequence + ids.length);
  if (random.below(4) > 0) return;
  if (random.below(2) === 0) await world.open();
  assert.equal(await world.append(ids, { ...more, compression }), expected.baseOffset, 'a retry');
  assert.equal(world.partition.logEndOffset, model.logEndOffset);
}
