import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { clockContract } from '../clock-contract.ts';
import { type Work, WorkFailed } from '../cpu.ts';
import { cpuContract } from '../cpu-contract.ts';
import { diskContract } from '../disk-contract.ts';
import { networkContract } from '../network-contract.ts';
import { BUSY } from './busy-fixture.ts';
import { NodeCpu, nodeEnvironment, nodeClock, NodeDisk } from './index.ts';
import { Slots, slotCount } from './slots.ts';
import { syncEach } from './sync-all.ts';

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gregor-env-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

diskContract('node', (body) => inFolder((folder) => body(new NodeDisk(folder))));
networkContract('node', (body) => inFolder((folder) => body(nodeEnvironment(folder))));
clockContract('node', (body) => body(nodeClock));
cpuContract('node', (body) => body(new NodeCpu()));

test('node: a job that takes too long is ended with its thread, and the others are done', async () => {
  const cpu = new NodeCpu({ threads: 2, jobMs: 2_000 });
  const slow = {};
  const ended = assert.rejects(
    cpu.run(BUSY, slow, 60_000),
    (error: unknown) => error instanceof WorkFailed && error.failure === 'too long',
  );
  const behind = cpu.run(BUSY, slow, 7);
  assert.equal(await cpu.run(BUSY, {}, 4), 4);
  await ended;
  assert.equal(await behind, 7);
});

test('node: a setup whose jobs are slow leaves a thread to the others', async () => {
  const cpu = new NodeCpu({ threads: 2 });
  await Promise.all([cpu.run(BUSY, {}, 1), cpu.run(BUSY, {}, 1)]); // the threads are there
  const slow = {};
  const order: string[] = [];
  const jobs = Array.from({ length: 4 }, () => cpu.run(BUSY, slow, 150).then(() => order.push('slow')));
  await cpu.run(BUSY, {}, 1).then(() => order.push('quick'));
  await Promise.all(jobs);
  assert.ok(order.indexOf('quick') < 3, order.join(' '));
});

test('node: a thread that dies takes its own job with it, and the next one has another', async () => {
  const cpu = new NodeCpu({ threads: 2 });
  const deadly: Work<object, number, number> = {
    module: 'data:text/javascript,export const prepare = () => () => process.exit(1)',
    prepare: () => (job) => job,
  };
  await assert.rejects(
    cpu.run(deadly, {}, 1),
    (error: unknown) => error instanceof WorkFailed && error.failure === 'died',
  );
  assert.equal(await cpu.run(BUSY, {}, 2), 2);
});

const index = path.join(import.meta.dirname, 'index.ts');
const locker = (folder: string) => `
  const { NodeDisk } = await import(${JSON.stringify(index)});
  await new NodeDisk(${JSON.stringify(folder)}).lock();
  console.log('locked');
  setInterval(() => {}, 1000);`;

test('node: a lock falls with its process, even by kill -9, and leaves nothing that hinders the next', () =>
  inFolder(async (folder) => {
    const disk = new NodeDisk(folder);
    for (let life = 0; life < 2; life++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', locker(folder)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await disk.syncAll();
      await syncEach(folder);
      const before = performance.now();
      await assert.rejects(disk.lock(), { code: 'ELOCKED' });
      assert.ok(performance.now() - before < 1000, 'refused at once');
      const died = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await died;
      await (await disk.lock()).release();
    }
    assert.deepEqual(await readdir(folder), ['.lock']);
  }));

test('node: syncing everything, or removing everything, does not lose the lock', () =>
  inFolder(async (folder) => {
    const disk = new NodeDisk(folder);
    const lock = await disk.lock();
    await (await disk.open('d/a', { create: true })).write(0, [Buffer.from('a')]);
    await syncEach(folder);
    await disk.remove('');
    assert.deepEqual(await disk.list(''), []);
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', locker(folder)], {
      encoding: 'utf8',
    });
    assert.match(child.stderr, /ELOCKED/);
    await lock.release();
  }));

test('node: sizes of files that exist are known when they are opened', () =>
  inFolder(async (folder) => {
    await writeFile(path.join(folder, 'a'), 'abc');
    await truncate(path.join(folder, 'a'), 5);
    assert.equal((await new NodeDisk(folder).open('a')).size, 5);
  }));

test('node: a small write counts in the size when the call returns', () =>
  inFolder(async (folder) => {
    const file = await new NodeDisk(folder).open('a', { create: true });
    const written = file.write(0, [Buffer.alloc(100)]);
    assert.equal(file.size, 100);
    await written;
    await file.close();
  }));

test('node: a file that is closed with work under way finishes that work first', () =>
  inFolder(async (folder) => {
    const file = await new NodeDisk(folder).open('a', { create: true, background: true });
    const reads = Array.from({ length: 20 }, () => file.read(0, 10));
    const write = file.write(0, [Buffer.alloc(1_000_000, 'x')]);
    const closing = file.close();
    await Promise.all([...reads, write, closing]);
    assert.equal(file.size, 1_000_000);
  }));

test('node: what waits for a slot gets it in order, and an error gives it back', async () => {
  const slots = new Slots(2);
  const order: number[] = [];
  let inside = 0;
  let insideMax = 0;
  const runs = Array.from({ length: 10 }, (_, number) =>
    slots.run(async () => {
      insideMax = Math.max(insideMax, ++inside);
      await nodeClock.turn();
      order.push(number);
      inside--;
      if (number === 3) throw new Error('planned');
    }),
  );
  const results = await Promise.allSettled(runs);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(insideMax, 2);
  assert.equal(results.filter((result) => result.status === 'rejected').length, 1);
});

test('node: two threads of the pool stay free', () => {
  assert.deepEqual(
    ['8', '4', '1', 'x', undefined].map((threads) => slotCount(threads)),
    [6, 2, 1, 2, 2],
  );
});

test('node: fatal prints the error and ends the process with 70', () => {
  const program = `const { nodeEnvironment } = await import(${JSON.stringify(index)});
    nodeEnvironment('/tmp').fatal(new Error('the disk lied'));`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  assert.equal(child.status, 70);
  assert.match(child.stderr, /fatal: Error: the disk lied/);
});

test('node: a lock is lost with its folder, also when another is put in its place', () =>
  inFolder(async (outer) => {
    const folder = path.join(outer, 'data');
    const lock = await new NodeDisk(folder).lock();
    assert.equal(await lock.isHeld(), true);
    await rename(folder, path.join(outer, 'away'));
    assert.equal(await lock.isHeld(), false);
    await cp(path.join(outer, 'away'), folder, { recursive: true });
    assert.equal(await lock.isHeld(), false);
    await lock.release();
  }));
