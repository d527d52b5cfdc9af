/**
 * Every place that syncs while a damaged folder is repaired is found in the sources, reached, and made to fail at each of its calls,
 * with the bytes lost. Checked each time, after a power cut at its worst:
 *
 *   the repair says that it failed, and does not sync again what failed
 *   R1  every byte that was set aside is where it was, or in the quarantine
 *   R2  what counts is what counted before, or all of what the repair makes of it
 *   another repair comes to the same end: every record that can be read is served, and nothing is damaged
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Disk } from '../env/index.ts';
import { type Machine, Simulation } from '../env/sim/index.ts';
import { type Partition, read } from '../partition/index.ts';
import { StorageWorld, TOPIC } from '../partition/storage-fixture.ts';
import { encodeMarker, forEachBatch } from '../protocol/index.ts';
import { FailingDisk, sitesInSources, type SyncFailure } from '../../test/sync/failing-disk.ts';
import { carryOut, planRepair, type RepairPlan, type Verified, verify } from './index.ts';

/** A manifest is written in the room of the log, and its syncs fail there. */
const ROOMS = ['inspect', 'log'];
const TIME = 1_700_000_000_000;
const LATER = TIME + 60_000;
const BATCHES = 40;
/** A batch in the midst of the first segment. */
const DAMAGED = 4;
const READABLE = Array.from({ length: 2 + BATCHES }, (_, offset) => offset).filter(
  (offset) => offset !== DAMAGED,
);
const FIRST = `partitions/${TOPIC}-0/${'0'.repeat(20)}`;

/** Several segments and an aborted transaction, then damage in the first segment, in its index, and in a manifest. */
async function makeDamaged(machine: Machine): Promise<void> {
  const storage = new StorageWorld(machine.boot());
  const { partitions, partition } = await storage.open();
  const producer = { producerId: 7, producerEpoch: 0 };
  const open = { ...producer, baseSequence: 0, isTransactional: true };
  await storage.append(partition, [{ value: Buffer.from('aborted') }], open);
  const marker = { ...producer, isCommit: false, coordinatorEpoch: 0, timestamp: TIME };
  await partitions.commit([{ partition, bytes: encodeMarker(marker) }], TIME).durable;
  for (let n = 0; n < BATCHES; n++) await storage.append(partition, [{ value: Buffer.alloc(90, `${n} `) }]);
  await partitions.close();
  machine.kill();
  const { disk } = machine;
  disk.syncAll();
  disk.flipBit(`${FIRST}.log`, batchPositions(contentsOf(machine).get(`${FIRST}.log`)!)[DAMAGED]! + 70);
  disk.flipBit(`${FIRST}.index`, 2);
  disk.flipBit('manifest-a', 100);
}

function batchPositions(log: Buffer): number[] {
  const positions: number[] = [];
  for (let at = 0; at < log.length; at += 12 + log.readInt32BE(at + 8)) positions.push(at);
  return positions;
}

/** Every file, by path. */
function contentsOf({ disk }: Machine): Contents {
  return new Map(
    disk.files().map(({ path, inode: { current } }) => [path, current.read(0, current.size)] as const),
  );
}

type Contents = ReadonlyMap<string, Buffer>;

async function look(disk: Disk): Promise<Verified> {
  return verify(disk, { onFinding: () => {} });
}

/** Undefined: there was nothing to repair. */
async function repair(disk: Disk, now: number): Promise<RepairPlan | undefined> {
  const verified = await look(disk);
  const plan = await planRepair(disk, verified, now);
  if (plan !== undefined) await carryOut(disk, plan, verified.findings, verified.names, now);
  return plan;
}

/** Base offsets of all batches that are served. */
async function servedBy(machine: Machine): Promise<number[]> {
  const { partitions, partition } = await new StorageWorld(machine.boot()).open();
  const offsets = await offsetsOf(partition);
  await partitions.close();
  machine.kill();
  return offsets;
}

async function offsetsOf(partition: Partition): Promise<number[]> {
  const offsets: number[] = [];
  for (let at = partition.logStartOffset, before = -1; at > before; )
    for (const bytes of ((before = at), await read(partition, at, 1, 'read_uncommitted')))
      forEachBatch(bytes, (batch) => {
        offsets.push(batch.baseOffset);
        at = batch.lastOffset + 1;
      });
  return offsets;
}

interface Outcome {
  readonly failing: FailingDisk;
  readonly error: unknown;
}

async function runWith(failure: SyncFailure | undefined): Promise<Outcome> {
  const sim = new Simulation('repair', { trapAmbient: false });
  return sim.run(async () => {
    await makeDamaged(sim.broker);
    const before = contentsOf(sim.broker);
    const { disk } = sim.broker.boot();
    const found = await look(disk);
    const plan = (await planRepair(disk, found, TIME))!;
    const failing = new FailingDisk(ROOMS, failure);
    const error = await repair(failing.wrap(disk), TIME).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    const left = sim.machine('what is left');
    sim.broker.disk.copyDurableTo(left.disk);
    assert.deepEqual(missing(plan, before, contentsOf(left)), [], 'R1');
    const after = left.boot().disk;
    const allowed = error === undefined ? [plan.content] : [found.content, plan.content];
    const { content } = await look(after);
    assert.ok(
      allowed.some((one) => JSON.stringify(one) === JSON.stringify(content)),
      `R2: ${JSON.stringify(content)}`,
    );
    await repair(after, LATER);
    assert.equal((await look(after)).summary.counts.damage, 0);
    left.kill();
    assert.deepEqual(await servedBy(left), READABLE);
    return { failing, error };
  });
}

/** Files that were to be set aside, and are not there as they were: neither at their place nor in the quarantine. */
function missing({ aside }: RepairPlan, before: Contents, after: Contents): string[] {
  const isThere = (path: string, bytes: Buffer) =>
    [...after].some(([name, found]) => name.endsWith(path) && found.equals(bytes));
  return aside.filter((path) => !isThere(path, before.get(path)!));
}

const sound = await runWith(undefined);

test('a repair reaches every sync of the room, and is there after a power cut', () => {
  assert.equal(sound.error, undefined);
  const reached = [...sound.failing.counts.keys()].filter((site) => site.startsWith('inspect/'));
  assert.deepEqual(reached.sort(), sitesInSources(['inspect']));
  assert.ok([...sound.failing.counts.keys()].some((site) => site.startsWith('log/manifest.ts')));
});

for (const [site, count] of sound.failing.counts)
  for (let nth = 1; nth <= count; nth++)
    test(`EIO at ${site}, call ${nth}: the repair fails, and nothing is destroyed`, async () => {
      const { failing, error } = await runWith({ site, nth });
      assert.ok(failing.failedAt !== undefined, 'the call was not reached');
      assert.match(String(error), /EIO/);
      assert.deepEqual(failing.syncedAgain, []);
    });
