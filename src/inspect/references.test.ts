/** What `gregor verify` says of a folder whose journal refers to batches in segments. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import { partitionDirectory } from '../log/index.ts';
import { StorageWorld, TOPIC } from '../partition/storage-fixture.ts';
import { dump, dumpOf } from './dump.ts';
import { carryOut, planRepair } from './repair.ts';
import { verify } from './verify.ts';

const LARGE = 300;
const large = (name: string) => [{ value: Buffer.from(name.padEnd(LARGE, '.')) }];

/** Two segments that no manifest names. */
async function folder(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const storage = new StorageWorld({ ...memoryEnvironment(), disk }, {}, { directBytes: LARGE });
  const { partitions, partition } = await storage.open();
  for (const name of ['a', 'b', 'c', 'd']) await storage.append(partition, large(name));
  await partitions.abandon();
  return disk;
}

async function findingsIn(disk: MemoryDisk) {
  const { findings, summary } = await verify(disk, { onFinding: () => {} });
  return { summary, findings: findings.map(({ kind, file, what }) => ({ kind, file, what })) };
}

test('segments that only the journal names count, and its references are of the batches that lie there', async () => {
  const { findings, summary } = await findingsIn(await folder());
  assert.deepEqual(findings, []);
  assert.equal(summary.segments, 2);
});

test('D6: another batch in the place of the one that the journal refers to is damage', async () => {
  const disk = await folder();
  const path = `${partitionDirectory(TOPIC, 0)}/00000000000000000000.log`;
  const file = await disk.open(path);
  const half = file.size / 2;
  const second = await file.read(half, half);
  second.writeUInt32BE(0, 4); // its offset becomes that of the first
  await file.write(0, [second]);
  const { findings, summary } = await findingsIn(disk);
  assert.equal(summary.clean, false);
  assert.match(findings.map(({ what }) => what).join(), /not the one that the journal refers to/);
});

test('D6: what a repair set aside is no damage any more, though the journal refers to it', async () => {
  const disk = await folder();
  const file = await disk.open(`${partitionDirectory(TOPIC, 0)}/00000000000000000000.log`);
  await file.write(file.size / 2, [Buffer.alloc(100)]);
  const verified = await verify(disk, { onFinding: () => {} });
  const plan = await planRepair(disk, verified, 1);
  await carryOut(disk, plan!, verified.findings, verified.names, 1);
  assert.deepEqual(
    (await findingsIn(disk)).findings.filter(({ kind }) => kind === 'damage'),
    [],
  );
});

test('a dump of the journal tells how long the segments are that it names', async () => {
  const disk = await folder();
  const { size } = await disk.open(`${partitionDirectory(TOPIC, 0)}/00000000000000000000.log`);
  const told: unknown[] = [];
  for await (const { type, baseOffset, bytes } of dump(disk, 'journal/00000000', dumpOf('00000000')!, {}))
    if (type === 'segment' && baseOffset === 0) told.push(bytes);
  assert.equal(told.at(-1), size);
});
