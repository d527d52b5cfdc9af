import assert from 'node:assert/strict';
import test from 'node:test';
import { type Disk, type File, systemError } from '../env/index.ts';
import { MemoryDisk } from '../env/memory/index.ts';
import { SeededRandom } from '../env/seeded-random.ts';
import { FileCache } from './file-cache.ts';
import { writeFile } from './log-fixture.ts';

/** A disk that counts the files that are open on it. */
function counting() {
  const disk = new MemoryDisk();
  const count = { open: 0, most: 0, opened: 0 };
  const counted: Pick<Disk, 'open'> = {
    open: async (path, options) => {
      const file = await disk.open(path, options);
      count.most = Math.max(count.most, ++count.open);
      count.opened++;
      const close = file.close.bind(file);
      file.close = async () => {
        count.open--;
        await close();
      };
      return file;
    },
  };
  return { disk, count, cache: (max: number) => new FileCache(counted as Disk, max) };
}

test('files stay open while there is room, the least lately used one is closed first', async () => {
  const { disk, count, cache } = counting();
  for (const name of ['a', 'b', 'c']) await writeFile(disk, name, Buffer.from(name));
  const files = cache(2);
  const read = (name: string) => files.use(name, async (file) => (await file.read(0, 9)).toString());
  assert.deepEqual([await read('a'), await read('b'), await read('a')], ['a', 'b', 'a']);
  assert.equal(count.opened, 2);
  await read('c'); // b goes
  await read('a');
  assert.equal(count.opened, 3);
  await files.close();
  assert.deepEqual([count.open, files.openFiles], [0, 0]);
});

test('whatever is used at the same time, no more files are open than allowed and everyone is served', async () => {
  const random = new SeededRandom('7');
  const { disk, count, cache } = counting();
  const names = Array.from({ length: 12 }, (_, n) => `f${n}`);
  for (const name of names) await writeFile(disk, name, Buffer.from(name));
  const files = cache(4);
  const turns = Array.from({ length: 400 }, async (_, n) => {
    for (let wait = random.below(20); wait > 0; wait--) await Promise.resolve();
    const name = names[random.below(12)]!;
    if (n % 9 === 0) return files.forget(name);
    if (n % 13 === 0)
      return assert.rejects(() => files.use(`absent${n}`, async () => {}), { code: 'ENOENT' });
    const text = await files.use(name, async (file) => {
      for (let wait = random.below(9); wait > 0; wait--) await Promise.resolve();
      return (await file.read(0, 9)).toString(); // EBADF if it was closed under us
    });
    assert.equal(text, name);
  });
  await Promise.all(turns);
  assert.ok(count.most <= 4, `${count.most} files were open`);
  await files.close();
  assert.equal(count.open, 0);
});

/** A disk whose next close fails. */
function failing() {
  const disk = new MemoryDisk();
  const next = { fails: false };
  const closing: Pick<Disk, 'open' | 'remove'> = {
    remove: (path) => disk.remove(path),
    open: async (path, options) => {
      const file = await disk.open(path, options);
      const close = file.close.bind(file);
      file.close = async () => {
        const { fails } = next;
        next.fails = false;
        await close();
        if (fails) throw systemError('EIO', path);
      };
      return file;
    },
  };
  return { next, files: new FileCache(closing as Disk, 1) };
}

const write = (file: File) => file.write(0, [Buffer.from('x')]);
const create = { create: true };

test('F6: a close that fails frees its place, and whoever needed the room is served', {
  timeout: 10_000,
}, async () => {
  const { next, files } = failing();
  for (let n = 0; n < 5; n++) {
    const waits = ['a', 'b', 'c'].map((name) => files.use(`${name}${n}`, write, create));
    next.fails = true;
    await Promise.all(waits);
  }
  assert.equal(files.openFiles, 1);
});

test('F6: what was not synced before a close that failed is lost: its writer hears of it, and reads go on', async () => {
  const { next, files } = failing();
  await files.use('a', write, create);
  next.fails = true;
  await files.use('b', write, create); // a goes
  const lost = { code: 'EIO', message: /a$/ };
  await assert.rejects(
    files.use('a', (file) => file.sync()),
    lost,
  );
  await assert.rejects(files.use('a', write), lost);
  await assert.rejects(
    files.use('a', (file) => file.truncate(0)),
    lost,
  );
  assert.equal((await files.use('a', (file) => file.read(0, 9))).toString(), 'x');
  await files.remove('a');
  await files.use('a', write, create); // another file
  await files.use('a', (file) => file.sync());
});

test('F6: a close that fails is no error where everything was synced or nothing was written', async () => {
  const { next, files } = failing();
  await files.use('a', write, create);
  await files.use('a', (file) => file.sync());
  for (const name of ['b', 'c']) {
    next.fails = true;
    await files.use(name, write, create); // a goes
    assert.equal((await files.use('a', (file) => file.read(0, 9))).toString(), 'x');
  }
  await files.use('a', (file) => file.sync());
  await files.use('a', async (file) => {
    await write(file);
    await file.sync();
    await write(file);
  });
  next.fails = true;
  await files.forget('a');
  await assert.rejects(
    files.use('a', (file) => file.sync()),
    { code: 'EIO' },
  );
});

test('while a pin is held nothing is unlinked; what was to go goes with the last pin', async () => {
  const disk = new MemoryDisk();
  for (const name of ['a', 'folder/b', 'c']) await (await disk.open(name, { create: true })).close();
  const files = new FileCache(disk);
  const [first, second] = [files.pin(), files.pin()];
  await files.remove('a');
  await files.remove('folder');
  await first();
  await first(); // counts once
  assert.ok(files.isPinned);
  assert.deepEqual(await disk.list(''), ['a', 'c', 'folder']);
  await second();
  assert.deepEqual(await disk.list(''), ['c']);
  await files.remove('c');
  assert.deepEqual(await disk.list(''), []);
});

test('what is made anew while a pin is held stays, with the folder it lies in', async () => {
  const disk = new MemoryDisk();
  for (const name of ['log', 'folder/old', 'gone']) await (await disk.open(name, { create: true })).close();
  const files = new FileCache(disk);
  const release = files.pin();
  for (const name of ['log', 'folder', 'gone']) await files.remove(name);
  for (const name of ['log', 'folder/new'])
    await files.use(name, (file) => file.write(0, [Buffer.from('new')]), { create: true });
  await Promise.all([release(), files.pin()()]);
  assert.deepEqual(await disk.list(''), ['folder', 'log']);
  assert.deepEqual(await disk.list('folder'), ['new', 'old']);
});

test('a file that is made while its unlink is under way is there afterwards', async () => {
  const disk = new MemoryDisk();
  await (await disk.open('log', { create: true })).close();
  let unlink: () => void = () => {};
  const held = new Promise<void>((resolve) => (unlink = resolve));
  const slow = Object.create(disk) as Disk;
  slow.open = (...of) => disk.open(...of);
  slow.remove = (name) => held.then(() => disk.remove(name));
  const files = new FileCache(slow);
  const release = files.pin();
  await files.remove('log');
  const released = release();
  const made = files.use('log', (file) => file.write(0, [Buffer.from('new')]), { create: true });
  unlink();
  await Promise.all([released, made]);
  assert.deepEqual(await disk.list(''), ['log']);
});

test('who is alone has its files opened at once, and leaves none open', async () => {
  const disk = new MemoryDisk();
  await writeFile(disk, 'a', Buffer.from('a'));
  const opened: (boolean | undefined)[] = [];
  const noting = Object.create(disk) as Disk;
  noting.open = (path, options) => {
    opened.push(options?.atOnce);
    return disk.open(path, options);
  };
  const files = new FileCache(noting);
  const read = () => files.use('a', async (file) => (await file.read(0, 9)).toString());
  assert.equal(await files.alone(read), 'a');
  assert.equal(files.openFiles, 0);
  await assert.rejects(
    files.alone(() => files.use('absent', async () => {})),
    { code: 'ENOENT' },
  );
  assert.equal(await read(), 'a');
  assert.deepEqual(opened, [true, true, false]);
});
