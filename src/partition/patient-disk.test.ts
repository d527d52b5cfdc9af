import assert from 'node:assert/strict';
import test from 'node:test';
import { type Disk, systemError } from '../env/index.ts';
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import { patientDisk } from './patient-disk.ts';

/** A disk that is full for so many writes. */
function fullFor(count: number, code = 'ENOSPC'): { disk: Disk; writes: () => number } {
  const memory = new MemoryDisk();
  let writes = 0;
  const open: Disk['open'] = async (path, options) => {
    const file = await memory.open(path, options);
    return Object.assign(Object.create(file) as typeof file, {
      write: async (position: number, parts: readonly Uint8Array[]) => {
        if (++writes <= count) throw systemError(code, 'full');
        await file.write(position, parts);
      },
      read: (position: number, length: number) => file.read(position, length),
    });
  };
  return { disk: Object.assign(Object.create(memory) as Disk, { open }), writes: () => writes };
}

/** Time passes at once. */
function world(disk: Disk) {
  const env = memoryEnvironment();
  return { ...env, disk, clock: { ...env.clock, sleep: () => Promise.resolve() } };
}

test('V2: a write that finds no space is made again until there is some, and said once', async () => {
  const { disk } = fullFor(3);
  const told: string[] = [];
  const patient = patientDisk(
    world(disk),
    (_level, message) => told.push(message),
    new AbortController().signal,
  );
  const file = await patient.open('a', { create: true });
  await file.write(0, [Buffer.from('kept')]);
  assert.equal((await file.read(0, 10)).toString(), 'kept');
  assert.equal(told.length, 1);
});

test('V3: a file that may not be opened now is opened when others are closed', async () => {
  const memory = new MemoryDisk();
  let opens = 0;
  const open: Disk['open'] = (path, options) =>
    ++opens <= 2 ? Promise.reject(systemError('EMFILE', 'too many open files')) : memory.open(path, options);
  const told: string[] = [];
  const patient = patientDisk(
    world(Object.assign(Object.create(memory) as Disk, { open })),
    (_level, message) => told.push(message),
    new AbortController().signal,
  );
  await (await patient.open('a', { create: true })).close();
  assert.equal(opens, 3);
  assert.match(told.join(), /ulimit -n/);
});

test('D5: an input/output error is never waited out', async () => {
  const { disk, writes } = fullFor(1, 'EIO');
  const patient = patientDisk(world(disk), () => {}, new AbortController().signal);
  const file = await patient.open('a', { create: true });
  await assert.rejects(file.write(0, [Buffer.from('x')]), { code: 'EIO' });
  assert.equal(writes(), 1);
});

test('nobody waits for space once the broker stops', async () => {
  const { disk } = fullFor(100);
  const stopped = new AbortController();
  const patient = patientDisk(world(disk), () => stopped.abort(), stopped.signal);
  const file = await patient.open('a', { create: true });
  await assert.rejects(file.write(0, [Buffer.from('x')]), { code: 'ENOSPC' });
});
