/** What every Disk must do, as tests: each adapter runs them over itself. `use` gives a new, empty disk to the body. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Disk, File } from './disk.ts';

export type UseDisk = (body: (disk: Disk) => Promise<void>) => Promise<void>;

export function diskContract(adapter: string, use: UseDisk): void {
  const check = (promise: string, body: (disk: Disk) => Promise<void>) =>
    test(`${adapter}: ${promise}`, () => use(body));

  check('what was written is read back, part after part', async (disk) => {
    const file = await disk.open('a', { create: true });
    await file.write(0, [Buffer.from('one '), Buffer.from(''), Buffer.from('two')]);
    assert.equal(file.size, 7);
    assert.equal(await textOf(file), 'one two');
    assert.equal((await file.read(2, 3)).toString(), 'e t');
    await file.close();
    assert.equal(await textOf(await disk.open('a')), 'one two');
  });

  check('a file that is opened at once is read like any other', async (disk) => {
    const file = await disk.open('folder/a', { create: true });
    await file.write(0, [Buffer.from('abc')]);
    await file.close();
    const again = await disk.open('folder/a', { atOnce: true });
    assert.equal(again.size, 3);
    assert.equal(await textOf(again), 'abc');
    assert.equal((await again.read(1, 100)).toString(), 'bc');
    await again.close();
    await assert.rejects(again.read(0, 1), { code: 'EBADF' });
    await assert.rejects(disk.open('folder/b', { atOnce: true }), { code: 'ENOENT' });
  });

  check('a file that is made at once is written, cut and synced like any other', async (disk) => {
    const file = await disk.open('new/folder/a', { create: true, atOnce: true });
    const large = Buffer.alloc(200_000, 'x');
    await file.write(0, [large, Buffer.from('end')]);
    assert.equal(file.size, 200_003);
    await file.truncate(200_001);
    await file.sync();
    await file.close();
    const again = await disk.open('new/folder/a', { create: true, atOnce: true });
    assert.equal(again.size, 200_001);
    assert.equal((await again.read(199_999, 10)).toString(), 'xe');
    await again.close();
  });

  check('a read at the end of the file is short, behind it empty', async (disk) => {
    const file = await disk.open('a', { create: true });
    await file.write(0, [Buffer.from('abc')]);
    assert.equal((await file.read(1, 100)).toString(), 'bc');
    assert.equal((await file.read(3, 10)).length, 0);
    assert.equal((await file.read(50, 10)).length, 0);
    assert.equal((await file.read(0, 0)).length, 0);
  });

  check('a hole reads as zeros, also where longer content stood before a truncate', async (disk) => {
    const file = await disk.open('a', { create: true });
    await file.write(0, [Buffer.alloc(10, 'x')]);
    await file.truncate(2);
    await file.write(5, [Buffer.from('y')]);
    assert.equal(await textOf(file), 'xx\0\0\0y');
    await file.truncate(8);
    assert.equal(file.size, 8);
    assert.equal(await textOf(file), 'xx\0\0\0y\0\0');
  });

  check('large writes of many parts arrive whole', async (disk) => {
    const file = await disk.open('big', { create: true });
    const parts = Array.from({ length: 3000 }, (_, index) => Buffer.alloc(100, index & 255));
    await file.write(7, parts);
    assert.equal(file.size, 300_007);
    assert.deepEqual(await file.read(7, 300_000), Buffer.concat(parts));
  });

  check(
    'a write that may pass the cache by leaves the same bytes, wherever it begins and ends',
    async (disk) => {
      const file = await disk.open('a', { create: true });
      let expected = Buffer.alloc(0);
      // From the start, from the middle of a block, up to a block's end, in one part and in many, larger than any staging.
      for (const lengths of [
        [1_000_003],
        [700_000, 7, 900_000],
        [1_048_576 - 508],
        [3_000_000, 2_300_001],
        [10],
      ]) {
        const parts = lengths.map((length, n) => Buffer.alloc(length, `${expected.length}, ${n}; `));
        await file.write(expected.length, parts, { uncached: true });
        expected = Buffer.concat([expected, ...parts]);
        assert.equal(file.size, expected.length);
        assert.ok((await file.read(0, expected.length)).equals(expected));
      }
      await file.write(5_000, [Buffer.alloc(1_000_000, 'over')], { uncached: true });
      expected.fill('over', 5_000, 1_005_000);
      await file.sync();
      await file.close();
      const again = await disk.open('a');
      assert.equal(again.size, expected.length);
      assert.ok((await again.read(0, 1e8)).equals(expected));
      await again.close();
    },
  );

  check('writes and reads of one file may run at the same time', async (disk) => {
    const file = await disk.open('a', { create: true });
    await file.write(0, [Buffer.alloc(400_000, 'a')]);
    const [first] = await Promise.all([
      file.read(0, 100_000),
      file.write(100_000, [Buffer.alloc(100_000, 'b')]),
      file.write(300_000, [Buffer.alloc(200_000, 'c')]),
      file.sync(),
    ]);
    assert.deepEqual(first, Buffer.alloc(100_000, 'a'));
    const all = [Buffer.alloc(100_000, 'a'), Buffer.alloc(100_000, 'b'), Buffer.alloc(100_000, 'a')];
    assert.deepEqual(await file.read(0, 1e6), Buffer.concat([...all, Buffer.alloc(200_000, 'c')]));
    assert.equal(file.size, 500_000);
  });

  check('an absent file is ENOENT unless it may be made, then with its folders', async (disk) => {
    await assert.rejects(disk.open('x/y/z'), { code: 'ENOENT' });
    await disk.open('x/y/z', { create: true });
    assert.deepEqual(await disk.list('x/y'), ['z']);
    assert.deepEqual(await disk.list(''), ['x']);
    await assert.rejects(disk.open('x/y', { create: true }), { code: 'EISDIR' });
  });

  check('a folder lists its names sorted; an absent folder is empty', async (disk) => {
    for (const name of ['b', 'c', 'a', 'B', '10', '9']) await disk.open(`d/${name}`, { create: true });
    await disk.makeDirectory('d/sub/deeper');
    await disk.makeDirectory('d/sub/deeper');
    assert.deepEqual(await disk.list('d'), ['10', '9', 'B', 'a', 'b', 'c', 'sub']);
    assert.deepEqual(await disk.list('nowhere/at/all'), []);
  });

  check('a rename replaces its target, and works for folders', async (disk) => {
    const from = await disk.open('d/from', { create: true });
    await from.write(0, [Buffer.from('new')]);
    await (await disk.open('d/to', { create: true })).write(0, [Buffer.from('older')]);
    await disk.rename('d/from', 'd/to');
    assert.deepEqual(await disk.list('d'), ['to']);
    assert.equal(await textOf(await disk.open('d/to')), 'new');
    await disk.rename('d', 'e');
    assert.deepEqual([await disk.list('d'), await disk.list('e')], [[], ['to']]);
    await assert.rejects(disk.rename('nothing', 'e/x'), { code: 'ENOENT' });
  });

  check('remove takes a file or a whole folder; who holds a removed file can still use it', async (disk) => {
    const file = await disk.open('d/a', { create: true });
    await disk.open('d/sub/b', { create: true });
    await disk.remove('d');
    assert.deepEqual(await disk.list(''), []);
    await disk.remove('d');
    await file.write(0, [Buffer.from('ghost')]);
    assert.equal(await textOf(file), 'ghost');
  });

  check('names and bytes can be made durable', async (disk) => {
    const file = await disk.open('d/a', { create: true });
    await file.write(0, [Buffer.from('abc')]);
    await file.sync();
    await disk.syncDirectory('d');
    await disk.syncDirectory('');
    await disk.syncAll();
    await assert.rejects(disk.syncDirectory('absent'), { code: 'ENOENT' });
    const { freeBytes, totalBytes } = await disk.space();
    assert.ok(freeBytes > 0 && totalBytes >= freeBytes);
  });

  check('a closed file refuses', async (disk) => {
    const file = await disk.open('a', { create: true });
    await file.close();
    await assert.rejects(file.read(0, 1), { code: 'EBADF' });
    await assert.rejects(file.write(0, [Buffer.from('a')]), { code: 'EBADF' });
    await assert.rejects(file.sync(), { code: 'EBADF' });
    await file.close();
  });

  check('no path leaves the disk', async (disk) => {
    await assert.rejects(disk.open('../a', { create: true }), { code: 'EINVAL' });
    await assert.rejects(disk.remove('/etc'), { code: 'EINVAL' });
  });

  check('one lock at a time; the second is refused at once', async (disk) => {
    const lock = await disk.lock();
    await assert.rejects(disk.lock(), { code: 'ELOCKED' });
    assert.equal(await lock.isHeld(), true);
    await lock.release();
    await (await disk.lock()).release();
    assert.deepEqual(await disk.list(''), []);
  });
}

async function textOf(file: File): Promise<string> {
  return (await file.read(0, file.size)).toString('latin1');
}
