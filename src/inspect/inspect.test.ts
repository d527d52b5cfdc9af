import { Checks } from '../checks/index.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { silent } from '../base/index.ts';
import { BrokerConfigs } from '../broker/index.ts';
import { Controller, METADATA_TOPIC_ID } from '../cluster/index.ts';
import { encodeMetadataRecord } from '../cluster/records.ts';
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import { DEFAULT_STORAGE, openStorage, read } from '../partition/index.ts';
import { encodeBatch, encodeMarker, forEachBatch } from '../protocol/index.ts';
import { carryOut, dump, dumpOf, type Finding, planRepair, verify } from './index.ts';

const KIBIBYTE = 1024;
const OPTIONS = {
  ...DEFAULT_STORAGE,
  journal: {
    ...DEFAULT_STORAGE.journal,
    stepBytes: 256 * KIBIBYTE,
    reserveBytes: 64 * KIBIBYTE,
    sealAfterMs: 1,
  },
};
const ORDERS = '0f'.repeat(16);
const TIME = 1_700_000_000_000;

async function open(disk: MemoryDisk) {
  const env = memoryEnvironment(undefined, disk);
  const configs = new BrokerConfigs(new Controller(env.clock).image, new Map(), new Checks(env.cpu));
  const config = {
    ...configs.partitionConfig(undefined),
    segmentBytes: 2 * KIBIBYTE,
    indexIntervalBytes: 256,
  };
  return { ...(await openStorage(env, silent, OPTIONS, config)), config };
}

/** A folder with a topic of two partitions, several segments, indexes, snapshots; `end` says how its broker ended. */
async function folder(end: 'stop' | 'kill'): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const { partitions, lock, config } = await open(disk);
  const record = (value: Buffer, timestamp: number) => ({ key: null, value, headers: [], timestamp });
  const topic = encodeMetadataRecord({ kind: 'topic', topicId: ORDERS, name: 'orders' });
  partitions
    .host(METADATA_TOPIC_ID, 0, config)
    .appendOwn(encodeBatch({ records: [record(topic, TIME)] }), TIME);
  for (let n = 0; n < 40; n++) {
    const producer = { producerId: 7, producerEpoch: 0, baseSequence: Math.floor(n / 2) };
    const records = [record(Buffer.from(`${n} `.repeat(40)), TIME + n)];
    const { frame } = partitions
      .host(ORDERS, n % 2, config)
      .append(encodeBatch({ records, ...producer }), TIME);
    await frame?.durable;
  }
  await new Promise((resolve) => setTimeout(resolve, 30)); // the last frame is proved by the empty one behind it
  if (end === 'kill') await partitions.abandon();
  else await partitions.close();
  await lock.release();
  return disk;
}

async function findingsOf(disk: MemoryDisk): Promise<readonly Finding[]> {
  const { findings } = await verify(disk, { onFinding: () => {} });
  return findings;
}

async function damageOf(disk: MemoryDisk): Promise<readonly Finding[]> {
  return (await findingsOf(disk)).filter(({ kind }) => kind === 'damage');
}

async function change(
  disk: MemoryDisk,
  path: string,
  position: number,
  by: (byte: number) => number,
): Promise<void> {
  const file = await disk.open(path);
  const [byte] = await file.read(position, 1);
  await file.write(position, [Buffer.from([by(byte!)])]);
  await file.close();
}

/** The files that the manifest names, with the bytes of them that count. */
async function* livePaths(disk: MemoryDisk): AsyncGenerator<{ path: string; size: number }> {
  const { content } = await verify(disk, { onFinding: () => {} });
  for (const { topicId, partition, segments, producerSnapshotOffset } of content!.partitions) {
    const name = (offset: number) => `partitions/${topicId}-${partition}/${String(offset).padStart(20, '0')}`;
    for (const { baseOffset, bytes, indexed } of segments) {
      yield { path: `${name(baseOffset)}.log`, size: bytes };
      yield { path: `${name(baseOffset)}.index`, size: (indexed?.offsetEntries ?? 0) * 8 };
      yield { path: `${name(baseOffset)}.timeindex`, size: (indexed?.timeEntries ?? 0) * 12 };
    }
    if (producerSnapshotOffset !== undefined)
      yield {
        path: `${name(producerSnapshotOffset)}.snapshot`,
        size: await sizeOf(disk, name(producerSnapshotOffset)),
      };
  }
  for (const path of ['manifest-a', 'manifest-b']) {
    const file = await disk.open(path);
    const [line] = (await file.read(0, file.size)).toString('latin1').split('\n');
    yield { path, size: line!.length + 1 + Number(line!.split(' ')[3]) };
    await file.close();
  }
}

async function sizeOf(disk: MemoryDisk, base: string): Promise<number> {
  const file = await disk.open(`${base}.snapshot`);
  await file.close();
  return file.size;
}

test('a folder that was stopped, and one that was killed, are whole', async () => {
  for (const end of ['stop', 'kill'] as const) {
    const { summary, findings } = await verify(await folder(end), { onFinding: () => {} });
    assert.deepEqual(findings, [], end);
    assert.equal(summary.clean && summary.isDataFolder, true);
    if (end === 'stop') assert.ok(summary.segments >= 4 && summary.frames === 0, JSON.stringify(summary));
    else assert.ok(summary.frames >= 40, JSON.stringify(summary)); // one for each append that was waited for
  }
});

test('a flipped bit in any live byte is found, in its file, at its place', async () => {
  const disk = await folder('stop');
  let flips = 0;
  for await (const { path, size } of livePaths(disk))
    for (let position = 0; position < size; position += path.endsWith('.log') ? 23 : 7) {
      const bit = flips++ % 8;
      await change(disk, path, position, (byte) => byte ^ (1 << bit));
      const damage = await damageOf(disk);
      const hit = damage.find(
        ({ file, from = 0, to = 0 }) => file === path && position >= from && position < to,
      );
      assert.ok(hit !== undefined, `${path} byte ${position} bit ${bit}: ${JSON.stringify(damage)}`);
      await change(disk, path, position, (byte) => byte ^ (1 << bit));
    }
  assert.deepEqual(await damageOf(disk), []);
  assert.ok(flips > 300, `${flips} flips`);
});

test('a damaged batch is named with its offsets, and nothing else is', async () => {
  const disk = await folder('stop');
  const { content } = await verify(disk, { onFinding: () => {} });
  const log = content!.partitions.find(({ partition }) => partition === 1)!;
  const path = `partitions/${log.topicId}-1/00000000000000000000.log`;
  const file = await disk.open(path);
  const first = 12 + (await file.read(8, 4)).readInt32BE(0);
  await change(disk, path, first + 100, (byte) => byte ^ 1);
  const [finding, ...others] = await findingsOf(disk);
  assert.deepEqual(others, []);
  assert.equal(finding!.from, first);
  assert.deepEqual([finding!.firstOffset, finding!.lastOffset], [1, 1]);
  assert.match(finding!.what, /CRC-32C of the batch at offset 1 is wrong/);
  assert.match(finding!.means, /^orders-1: offset 1 cannot be read; all others can/);
  await file.truncate(first + 10);
  const [cut] = await damageOf(disk);
  assert.deepEqual([cut!.from, cut!.firstOffset, cut!.lastOffset], [first, 1, log.segments[0]!.lastOffset]);
  assert.match(cut!.what, /^the file ends at byte/);
  await disk.remove(path);
  assert.match((await damageOf(disk))[0]!.what, /the file is missing/);
});

/** Where frames begin that a start would replay. */
async function framePositions(
  disk: MemoryDisk,
): Promise<{ at: number; sequence: number; entries: number }[]> {
  const frames: { at: number; sequence: number; entries: number }[] = [];
  for await (const line of dump(disk, 'journal/00000000', dumpOf('00000000')!, {}))
    if (line.type === 'frame')
      frames.push({
        at: line.at,
        sequence: line['sequence'] as number,
        entries: line['entryCount'] as number,
      });
  return frames;
}

test('a damaged frame of the journal is told apart from a torn tail', async () => {
  const disk = await folder('kill');
  const frames = await framePositions(disk);
  const middle = frames.findLast(({ entries, sequence }) => entries > 0 && sequence < frames.length - 10)!;
  await change(disk, 'journal/00000000', middle.at + 70, (byte) => byte ^ 4);
  const [damage, ...others] = await damageOf(disk);
  assert.deepEqual(others, []);
  assert.deepEqual([damage!.file, damage!.from], ['journal/00000000', middle.at]);
  assert.match(damage!.means, /orders-[01] offsets \d+–19/);
  await change(disk, 'journal/00000000', middle.at + 70, (byte) => byte ^ 4);
  await change(disk, 'journal/00000000', frames.at(-1)!.at + 21, (byte) => byte ^ 4);
  const [torn, ...more] = await findingsOf(disk);
  assert.deepEqual(more, []);
  assert.deepEqual([torn!.kind, torn!.from], ['torn-tail', frames.at(-1)!.at]);
});

test('files that nothing names are said, and are no damage', async () => {
  const disk = await folder('stop');
  for (const path of ['thesis.doc', `partitions/${'a'.repeat(32)}-0/00000000000000000000.log`, 'journal/x'])
    await (await disk.open(path, { create: true })).close();
  const { summary, findings } = await verify(disk, { onFinding: () => {} });
  assert.ok(summary.clean);
  assert.deepEqual(
    findings.map(({ kind, file }) => `${kind} ${file}`),
    ['orphan thesis.doc', 'orphan journal/x', `orphan partitions/${'a'.repeat(32)}-0`],
  );
});

test('dump prints what is whole, and says where the rest lies', async () => {
  const disk = await folder('stop');
  const { content } = await verify(disk, { onFinding: () => {} });
  const log = content!.partitions.find(({ topicId }) => topicId === ORDERS)!;
  const directory = `partitions/${log.topicId}-${log.partition}`;
  const name = `${directory}/00000000000000000000.log`;
  const whole = await linesOf(disk, name);
  assert.equal(whole.filter(({ type }) => type === 'record').length, log.segments[0]!.lastOffset + 1);
  await change(disk, name, 200, (byte) => byte ^ 1);
  const lines = await linesOf(disk, name);
  const damaged = lines.filter(({ damaged: what }) => what !== undefined);
  assert.equal(damaged.length, 1);
  assert.ok(damaged[0]!.at <= 200 && damaged[0]!.to! > 200);
  assert.equal(
    lines.filter(({ type }) => type === 'batch').length,
    whole.filter(({ type }) => type === 'batch').length - 1,
  );
  for (const suffix of ['index', 'timeindex'])
    assert.ok((await linesOf(disk, `${directory}/00000000000000000000.${suffix}`)).length > 0);
  assert.equal((await linesOf(disk, 'manifest-a'))[0]!.type, 'manifest');
  assert.equal(dumpOf('thesis.doc'), undefined);
});

async function linesOf(disk: MemoryDisk, path: string) {
  const lines = [];
  const name = path.split('/').at(-1)!;
  const file = await disk.open(path);
  for await (const line of dumpOf(name)!(file, name, { records: true })) lines.push(line);
  return lines;
}

test('the index of aborted transactions is dumped; entries that are missing are damage', async () => {
  const disk = new MemoryDisk();
  const env = memoryEnvironment(undefined, disk);
  const config = new BrokerConfigs(
    new Controller(env.clock).image,
    new Map(),
    new Checks(env.cpu),
  ).partitionConfig(undefined);
  const { partitions, lock } = await openStorage(env, silent, OPTIONS, config);
  const partition = partitions.host(ORDERS, 0, config);
  const producer = { producerId: 7, producerEpoch: 0 };
  const records = [{ key: null, value: Buffer.from('x'), headers: [], timestamp: TIME }];
  partition.append(encodeBatch({ records, ...producer, baseSequence: 0, isTransactional: true }), TIME);
  const marker = { ...producer, isCommit: false, coordinatorEpoch: 0, timestamp: TIME };
  await partitions.commit([{ partition, bytes: encodeMarker(marker) }], TIME).durable;
  await partitions.close();
  await lock.release();
  assert.deepEqual(await damageOf(disk), []);
  const path = `partitions/${ORDERS}-0/${'0'.repeat(20)}.txnindex`;
  const lines = [];
  for await (const line of dump(disk, path, dumpOf(path.split('/').at(-1)!)!, {})) lines.push(line);
  assert.deepEqual(lines, [
    { type: 'aborted', at: 0, producerId: 7, firstOffset: 0, lastOffset: 1, lastStableOffset: 2 },
  ]);
  const file = await disk.open(path);
  await file.truncate(20);
  await file.close();
  const [damage] = await damageOf(disk);
  assert.equal(damage?.file, path);
});

test('T1: repair finds aborted transactions again when segment and index are both damaged', async () => {
  const disk = new MemoryDisk();
  const env = memoryEnvironment(undefined, disk);
  const config = new BrokerConfigs(
    new Controller(env.clock).image,
    new Map(),
    new Checks(env.cpu),
  ).partitionConfig(undefined);
  const open = async () => {
    const { partitions, lock } = await openStorage(env, silent, OPTIONS, config);
    const close = async () => {
      await partitions.close();
      await lock.release();
    };
    return { partitions, partition: partitions.host(ORDERS, 0, config), close };
  };
  const { partitions, partition, close } = await open();
  const records = [{ key: null, value: Buffer.from('x'), headers: [], timestamp: TIME }];
  await partition.append(encodeBatch({ records }), TIME).frame?.durable;
  const producer = { producerId: 7, producerEpoch: 0 };
  partition.append(encodeBatch({ records, ...producer, baseSequence: 0, isTransactional: true }), TIME);
  const marker = { ...producer, isCommit: false, coordinatorEpoch: 0, timestamp: TIME };
  await partitions.commit([{ partition, bytes: encodeMarker(marker) }], TIME).durable;
  await close();
  const base = `partitions/${ORDERS}-0/${'0'.repeat(20)}`;
  for (const path of [`${base}.log`, `${base}.txnindex`]) {
    const file = await disk.open(path);
    await file.write(9, [Buffer.from([8])]); // of the first batch; and another producer was aborted
    await file.close();
  }
  assert.equal((await damageOf(disk)).length, 2);
  await repair(disk);
  assert.deepEqual(await damageOf(disk), []);
  const again = await open();
  const found = await again.partition.log.abortedBetween(0, 10);
  assert.deepEqual(found, [{ producerId: 7, firstOffset: 1, lastOffset: 2, lastStableOffset: 3 }]);
  await again.close();
});

async function repair(disk: MemoryDisk): Promise<readonly string[]> {
  const verified = await verify(disk, { onFinding: () => {} });
  const plan = await planRepair(disk, verified, TIME);
  assert.ok(plan !== undefined);
  const quarantine = await carryOut(disk, plan, verified.findings, verified.names, TIME);
  assert.ok((await disk.list(quarantine)).includes('report.json'));
  return plan.steps;
}

/** Opens the folder, reads each partition to its end, and appends one record: its offset is the last of each list. */
async function offsetsOf(disk: MemoryDisk): Promise<Map<number, number[]>> {
  const { partitions, lock, config } = await open(disk);
  const found = new Map<number, number[]>();
  for (const index of [0, 1]) {
    const partition = partitions.host(ORDERS, index, config);
    const offsets: number[] = [];
    for (let offset = partition.logStartOffset, before = -1; offset > before; )
      for (const bytes of ((before = offset), await read(partition, offset, 1, 'read_uncommitted')))
        forEachBatch(bytes, (batch) => {
          offsets.push(batch.baseOffset);
          offset = batch.lastOffset + 1;
        });
    const records = [{ key: null, value: Buffer.from('new'), headers: [], timestamp: TIME }];
    const { baseOffset, frame } = partition.append(encodeBatch({ records }), TIME);
    await frame?.durable;
    found.set(index, [...offsets, baseOffset]);
  }
  await partitions.close();
  await lock.release();
  return found;
}

const upTo = (end: number, ...without: number[]) =>
  [...Array(end).keys()].filter((n) => !without.includes(n));

test('repair sets a damaged batch aside: all others are served, and the hole is told', async () => {
  const disk = await folder('stop');
  const { content } = await verify(disk, { onFinding: () => {} });
  const log = content!.partitions.find(({ topicId, partition }) => topicId === ORDERS && partition === 1)!;
  const path = `partitions/${ORDERS}-1/00000000000000000000.log`;
  const file = await disk.open(path);
  const size = 12 + (await file.read(8, 4)).readInt32BE(0);
  await change(disk, path, 3 * size + 100, (byte) => byte ^ 1);
  const tail = log.segments.at(-1)!;
  const last = `partitions/${ORDERS}-1/${String(tail.baseOffset).padStart(20, '0')}.log`;
  await change(disk, last, tail.bytes - 1, (byte) => byte ^ 1);
  const before = await readAll(disk, path);
  const steps = await repair(disk);
  assert.match(steps[0]!, /^orders-1: offset 3 set aside/);
  const { summary, findings } = await verify(disk, { onFinding: () => {} });
  assert.equal(summary.counts.damage, 0, JSON.stringify(findings));
  assert.deepEqual(
    findings
      .filter(({ kind }) => kind === 'missing')
      .map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset]),
    [
      [3, 3],
      [19, 19],
    ],
  );
  const [quarantine] = await disk.list('quarantine');
  assert.deepEqual(await readAll(disk, `quarantine/${quarantine}/${path}`), before);
  const offsets = await offsetsOf(disk);
  assert.deepEqual(offsets.get(0), upTo(21));
  assert.deepEqual(offsets.get(1), upTo(21, 3, 19), 'no offset is given twice');
  assert.equal((await verify(disk, { onFinding: () => {} })).summary.counts.damage, 0);
});

async function readAll(disk: MemoryDisk, path: string): Promise<Buffer> {
  const file = await disk.open(path);
  return Buffer.from(await file.read(0, file.size));
}

test('repair ends a damaged journal at its last whole frame', async () => {
  const disk = await folder('kill');
  const frames = await framePositions(disk);
  const middle = frames.findLast(({ entries, sequence }) => entries > 0 && sequence < frames.length - 10)!;
  await change(disk, 'journal/00000000', middle.at + 70, (byte) => byte ^ 4);
  await assert.rejects(open(disk), /is damaged at byte/);
  const { journal } = await verify(disk, { onFinding: () => {} });
  const [step] = await repair(disk);
  assert.match(step!, /^the journal ends with frame \d+; frame \d+ and all behind it are copied aside/);
  const told = (await findingsOf(disk)).filter(({ kind }) => kind === 'missing');
  assert.deepEqual(
    told.map(({ partition, firstOffset, lastOffset }) => ({ partition, firstOffset, lastOffset })),
    journal!.lost.map(({ partition, firstOffset, lastOffset }) => ({ partition, firstOffset, lastOffset })),
  );
  const offsets = await offsetsOf(disk);
  for (const { partition, firstOffset } of journal!.lost)
    assert.deepEqual(offsets.get(partition), upTo(firstOffset + 1));
  assert.equal((await verify(disk, { onFinding: () => {} })).summary.counts.damage, 0);
});

test('repair writes a damaged copy of the manifest anew, and sets damaged indexes aside', async () => {
  const disk = await folder('stop');
  await change(disk, 'manifest-a', 100, (byte) => byte ^ 1);
  await change(disk, `partitions/${ORDERS}-0/00000000000000000000.index`, 2, (byte) => byte ^ 1);
  const steps = await repair(disk);
  assert.equal(steps.length, 2, steps.join('\n'));
  assert.deepEqual(await damageOf(disk), []);
  assert.deepEqual((await offsetsOf(disk)).get(0), upTo(21));
  for (const name of ['manifest-a', 'manifest-b']) await change(disk, name, 100, (byte) => byte ^ 1);
  const verified = await verify(disk, { onFinding: () => {} });
  await assert.rejects(planRepair(disk, verified, TIME), /no manifest can be read/);
});
