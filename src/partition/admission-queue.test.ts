import assert from 'node:assert/strict';
import test from 'node:test';
import { type Deferred, deferred } from '../base/index.ts';
import { memoryEnvironment } from '../env/memory/index.ts';
import { encodeBatch, KafkaError, RecordsRefused } from '../protocol/index.ts';
import type { BatchCheck, Looked } from './batch-check.ts';
import { durable } from './durable.ts';
import type { Partition } from './partition.ts';
import { readAll, StorageWorld, TOPIC } from './storage-fixture.ts';

const FINE: Looked = { kind: 'fine' };
const DEAD = 'ad'.repeat(16);

/** A check whose verdicts the test gives, in any order. */
class SlowCheck implements BatchCheck {
  readonly deadLetterTopic = 'dead';
  readonly looks: Deferred<Looked>[] = [];

  look(): Promise<Looked> {
    const verdict = deferred<Looked>();
    this.looks.push(verdict);
    return verdict.promise;
  }
}

const batchOf = (value: string, more: Partial<Parameters<typeof encodeBatch>[0]> = {}) =>
  encodeBatch({
    records: [{ key: null, value: Buffer.from(value), headers: [], timestamp: 1_700_000_000_000 }],
    ...more,
  });
const sequenced = (value: string, baseSequence: number) =>
  batchOf(value, { producerId: 7, producerEpoch: 0, baseSequence });
const REFUSED: Looked = { kind: 'refused', refused: [{ index: 0, why: 'is bad' }], count: 1 };
const noLetters = () => assert.fail('no dead letters');

async function world(storage = {}) {
  const world = new StorageWorld(memoryEnvironment(), {}, storage);
  const { partitions, partition } = await world.open();
  const check = new SlowCheck();
  partition.config = { ...partition.config, check };
  const send = (bytes: Buffer, to: Partition = partition) =>
    to.appendChecked(bytes, world.now, { deadLetters: noLetters });
  const values = async (of = partition) => (await readAll(of)).map(({ value }) => value?.toString());
  return { world, partitions, partition, check, send, values };
}

test('checks end in any order, batches enter in the order of their arrival', async () => {
  const { check, send, values, partition } = await world();
  const sent = [send(sequenced('a', 0)), send(sequenced('b', 1)), send(sequenced('c', 2))];
  for (const n of [2, 1]) check.looks[n]!.resolve(FINE);
  await new Promise(setImmediate);
  assert.equal(partition.logEndOffset, 0);
  check.looks[0]!.resolve(FINE);
  const appended = await Promise.all(sent);
  assert.deepEqual(
    appended.map(({ baseOffset }) => baseOffset),
    [0, 1, 2],
  );
  await durable(appended.map(({ frame }) => frame));
  assert.deepEqual(await values(), ['a', 'b', 'c']);
});

test('the bytes of a batch are its own while it waits', async () => {
  const { check, send, values } = await world();
  const bytes = batchOf('a');
  const sent = send(bytes);
  bytes.fill(0);
  check.looks[0]!.resolve(FINE);
  await durable([(await sent).frame]);
  assert.deepEqual(await values(), ['a']);
});

test('a refused batch takes no offset, and the next one enters', async () => {
  const { check, send, values } = await world();
  const [bad, good] = [send(batchOf('bad')), send(batchOf('good'))];
  check.looks[1]!.resolve(FINE);
  check.looks[0]!.resolve(REFUSED);
  await assert.rejects(bad, (error: unknown) => {
    assert.ok(error instanceof RecordsRefused && error.errorName === 'INVALID_RECORD');
    assert.equal(error.explanation, 'record 0 is bad');
    return true;
  });
  assert.equal((await good).baseOffset, 0);
  await durable([(await good).frame]);
  assert.deepEqual(await values(), ['good']);
});

test('a retry of a batch that is in the log is answered as one, whatever its topic asks for by now', async () => {
  const { check, send } = await world();
  const first = send(sequenced('a', 0));
  check.looks[0]!.resolve(FINE);
  const again = send(sequenced('a', 0));
  check.looks[1]!.resolve(REFUSED);
  assert.equal((await again).baseOffset, (await first).baseOffset);
});

test('a batch keeps the check that it met, and what comes without one waits behind it', async () => {
  const { check, send, partition } = await world();
  const old = send(batchOf('old'));
  partition.config = { ...partition.config, check: undefined };
  assert.ok(partition.isChecked);
  const behind = send(batchOf('behind'));
  check.looks[0]!.resolve(REFUSED);
  await assert.rejects(old, /INVALID_RECORD/);
  assert.equal((await behind).baseOffset, 0);
  assert.ok(!partition.isChecked);
  assert.equal(partition.append(batchOf('now'), 1_700_000_000_000).baseOffset, 1);
});

test('what refuses a batch is asked in the turn of its admission', async () => {
  const { check, partition, world: storage } = await world();
  let isFenced = false;
  const sent = partition.appendChecked(batchOf('a'), storage.now, {
    deadLetters: noLetters,
    mayEnter: (batch) => {
      assert.equal(batch.recordCount, 1);
      if (isFenced) throw new KafkaError('PRODUCER_FENCED');
    },
  });
  isFenced = true;
  check.looks[0]!.resolve(FINE);
  await assert.rejects(sent, /PRODUCER_FENCED/);
  assert.equal(partition.logEndOffset, 0);
});

test('who waits when the topic is deleted, or the broker stops, is refused at once, definitely', async () => {
  const deleted = await world();
  const waiting = deleted.send(batchOf('a'));
  deleted.partitions.drop(TOPIC);
  await assert.rejects(waiting, /UNKNOWN_TOPIC_OR_PARTITION/);
  deleted.check.looks[0]!.resolve(FINE);
  await assert.rejects(deleted.send(batchOf('b')), /UNKNOWN_TOPIC_OR_PARTITION/);
  const stopped = await world();
  const late = stopped.send(batchOf('a'));
  const closed = stopped.partitions.close();
  await assert.rejects(late, /KAFKA_STORAGE_ERROR.*nothing was written/);
  stopped.check.looks[0]!.resolve(FINE);
  await closed;
  assert.equal(stopped.partition.logEndOffset, 0);
});

test('beyond its share a partition asks its senders to wait, beyond twice the limit it refuses, and neither lasts', async () => {
  const { check, send, partition } = await world({ checkBytes: 1000 });
  const value = 'v'.repeat(300);
  const first = send(batchOf(value));
  const room = partition.whenCheckable();
  assert.ok(room !== undefined);
  const more = Array.from({ length: 5 }, () => send(batchOf(value)));
  await assert.rejects(
    send(batchOf(value)),
    /KAFKA_STORAGE_ERROR.*gregor\.check\.bytes.*nothing was written/,
  );
  for (const look of check.looks) look.resolve(FINE);
  await Promise.all([first, ...more, room]);
  assert.equal(partition.whenCheckable(), undefined);
  assert.equal((await Promise.race([send(batchOf(value)), Promise.resolve('waits')])) as unknown, 'waits');
});

for (const [name, letterBytes] of [
  ['in one frame', 10],
  ['letters first, where no frame can hold both', 40_000],
] as const)
  test(`what is refused goes to another partition, what is left is appended with its offsets: ${name}`, async () => {
    const { check, partition, partitions, world: storage, values } = await world();
    const letters = partitions.host(DEAD, 0, storage.config);
    const dead = batchOf('d'.repeat(letterBytes));
    const asked: string[] = [];
    const sent = partition.appendChecked(sequenced('a', 0), storage.now, {
      deadLetters: (topic) => {
        asked.push(topic);
        return letters;
      },
    });
    check.looks[0]!.resolve({ kind: 'parted', rest: sequenced('a', 0), dead });
    const { frame } = await sent;
    assert.equal(letters.logEndOffset, 1);
    assert.equal(partition.logEndOffset, 1);
    await durable([frame]);
    assert.equal(letters.highWatermark, 1);
    assert.deepEqual(asked, ['dead']);
    assert.deepEqual(await values(), ['a']);
    const again = partition.appendChecked(sequenced('a', 0), storage.now, { deadLetters: noLetters });
    check.looks[1]!.resolve({ kind: 'parted', rest: sequenced('a', 0), dead });
    assert.equal((await again).baseOffset, 0);
    assert.equal(letters.logEndOffset, 1);
  });

test('a batch that nobody could look at when it came again is told where its first sending is', async () => {
  const { check, send } = await world();
  const [first, again] = [send(sequenced('a', 0)), send(sequenced('a', 0))];
  check.looks[1]!.reject(new KafkaError('INVALID_RECORD', 'the thread ended'));
  check.looks[0]!.resolve(FINE);
  assert.deepEqual([(await first).baseOffset, (await again).baseOffset], [0, 0]);
  const other = send(sequenced('b', 1));
  check.looks[2]!.reject(new KafkaError('INVALID_RECORD', 'the thread ended'));
  await assert.rejects(other, /the thread ended/);
});

test('a topic that begins to deduplicate while a batch is parted for its dead letters has it sent again', async () => {
  const { check, partition, world: storage } = await world();
  const send = () => partition.appendChecked(sequenced('a', 0), storage.now, { deadLetters: noLetters });
  const sent = send();
  const dedupe = { by: 'key', windowMs: 60_000, windowCount: 100, missing: 'accept' } as const;
  partition.reconfigure({ ...partition.config, dedupe }, storage.now);
  check.looks[0]!.resolve({ kind: 'parted', rest: sequenced('a', 0), dead: batchOf('d') });
  await assert.rejects(sent, /NOT_LEADER_OR_FOLLOWER.*settings of the topic changed/);
  const again = send();
  check.looks[1]!.resolve(FINE);
  assert.equal((await again).baseOffset, 0);
});
