import assert from 'node:assert/strict';
import test from 'node:test';
import { type Disk, systemError } from '../env/index.ts';
import { deferred } from '../base/index.ts';
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import { patientDisk } from './patient-disk.ts';

/** A disk that is full for so many writes. */
function fullFor(count: number, code = 'ENOSPC') {
  const memory = new MemoryDisk();
  let writes = 0;
  let left = count;
  const open: Disk['open'] = async (path, options) => {
    const file = await memory.open(path, options);
    return Object.assign(Object.create(file) as typeof file, {
      write: async (position: number, parts: readonly Uint8Array[]) => {
        writes++;
        if (left-- > 0) throw systemError(code, 'full');
        await file.write(position, parts);
      },
      read: (position: number, length: number) => file.read(position, length),
    });
  };
  const disk = Object.assign(Object.create(memory) as Disk, { open });
  return { disk, writes: () => writes, fill: (again: number) => (left = again) };
}

/** Time passes at once. */
function world(disk: Disk) {
  const env = memoryEnvironment();
  let now = 0;
  const sleep = async (ms: number) => void (now += ms);
  return { ...env, disk, clock: { ...env.clock, monotonic: () => now, sleep } };
}

function waiting(tell: (message: string) => void, stopped = new AbortController().signal) {
  return { events: (_level: string, message: string) => tell(message), stopped, what: () => 'all waits' };
}

const FULL =
  'The disk is full: free some space or enlarge the volume, but remove no file of this folder. Until then all waits. It goes on by itself.';
const GOES_ON = 'There is room again: what waited for it goes on.';

test('V2: a write that finds no space is made again until there is some, and said once', async () => {
  const { disk } = fullFor(3);
  const told: string[] = [];
  const patient = patientDisk(
    world(disk),
    waiting((message) => told.push(message)),
  );
  const file = await patient.open('a', { create: true });
  await file.write(0, [Buffer.from('kept')]);
  assert.equal((await file.read(0, 10)).toString(), 'kept');
  assert.deepEqual(told, [FULL, GOES_ON]);
});

test('V2: that there is no space is said again every minute, and also when it comes a second time', async () => {
  const { disk, writes, fill } = fullFor(250); // two minutes and five seconds
  const told: string[] = [];
  const env = world(disk);
  const patient = patientDisk(
    env,
    waiting((message) => told.push(message)),
  );
  const file = await patient.open('a', { create: true });
  const write = () => file.write(0, [Buffer.from('a')]);
  await Promise.all([write(), write()]);
  assert.equal(writes(), 252);
  assert.deepEqual(told.splice(0), [FULL, FULL, FULL, GOES_ON]);
  fill(1);
  await write();
  assert.deepEqual(told.splice(0), [], 'not again within the minute');
  await env.clock.sleep(60_000);
  fill(1);
  await write();
  assert.deepEqual(told, [FULL, GOES_ON]);
});

test('V3: a file that may not be opened now is opened when others are closed', async () => {
  const memory = new MemoryDisk();
  let opens = 0;
  const open: Disk['open'] = (path, options) =>
    ++opens <= 2 ? Promise.reject(systemError('EMFILE', 'too many open files')) : memory.open(path, options);
  const told: string[] = [];
  const patient = patientDisk(
    world(Object.assign(Object.create(memory) as Disk, { open })),
    waiting((message) => told.push(message)),
  );
  await (await patient.open('a', { create: true })).close();
  assert.equal(opens, 3);
  assert.match(told.join(), /ulimit -n/);
});

test('D5: an input/output error is never waited out', async () => {
  const { disk, writes } = fullFor(1, 'EIO');
  const patient = patientDisk(
    world(disk),
    waiting(() => {}),
  );
  const file = await patient.open('a', { create: true });
  await assert.rejects(file.write(0, [Buffer.from('x')]), { code: 'EIO' });
  assert.equal(writes(), 1);
});

test('nobody waits for space once the broker stops', async () => {
  const { disk } = fullFor(100);
  const stopped = new AbortController();
  const patient = patientDisk(
    world(disk),
    waiting(() => stopped.abort(), stopped.signal),
  );
  const file = await patient.open('a', { create: true });
  await assert.rejects(file.write(0, [Buffer.from('x')]), { code: 'ENOSPC' });
});

test('once the folder was let go of nothing is changed, and what was under way has ended', async () => {
  const held = deferred<void>();
  class SlowToRename extends MemoryDisk {
    override async rename(from: string, to: string): Promise<void> {
      await held.promise;
      return super.rename(from, to);
    }
  }
  const patient = patientDisk(
    world(new SlowToRename()),
    waiting(() => {}),
  );
  const file = await patient.open('a', { create: true });
  await file.write(0, [Buffer.from('old')]);
  const renamed = patient.rename('a', 'b');
  let isGone = false;
  const gone = patient.letGo().then(() => (isGone = true));
  for (const change of [
    () => file.write(0, [Buffer.from('new')]),
    () => file.truncate(0),
    () => patient.open('c', { create: true }),
    () => patient.remove('b'),
    () => patient.rename('b', 'c'),
    () => patient.makeDirectory('d'),
  ])
    await assert.rejects(change(), /let go of/);
  assert.equal(isGone, false, 'the rename is under way');
  held.resolve();
  await Promise.all([gone, renamed]);
  assert.deepEqual(await patient.list(''), ['b']);
  const left = await patient.open('b');
  assert.equal((await left.read(0, 10)).toString(), 'old');
});
