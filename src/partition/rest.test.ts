/** A folder at rest: what a clean stop saves the next start, and what it must not hide. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Disk, Environment } from '../env/index.ts';
import { memoryEnvironment } from '../env/memory/index.ts';
import { JournalDamaged } from '../journal/index.ts';
import { MANIFEST_FILES } from '../log/index.ts';
import { StorageWorld } from './storage-fixture.ts';

const RECORD = [{ value: Buffer.from('x') }];

async function bytesOf(disk: Disk, path: string): Promise<Buffer> {
  const file = await disk.open(path);
  try {
    return await file.read(0, file.size);
  } finally {
    await file.close();
  }
}

async function putBack(disk: Disk, path: string, bytes: Buffer): Promise<void> {
  const file = await disk.open(path);
  await file.truncate(bytes.length);
  await file.write(0, [bytes]);
  await file.close();
}

/** The same environment, which counts the bytes that are read of the journal. */
function counting(env: Environment): { env: Environment; count: { bytes: number } } {
  const count = { bytes: 0 };
  const disk = env.disk;
  const open: Disk['open'] = async (path, options) => {
    const file = await disk.open(path, options);
    if (!path.startsWith('journal/')) return file;
    const read: typeof file.read = async (position, length) => {
      const bytes = await file.read(position, length);
      count.bytes += bytes.length;
      return bytes;
    };
    return new Proxy(file, {
      get: (target, name) => {
        if (name === 'read') return read;
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  const wrapped = new Proxy(disk, {
    get: (target, name) => {
      if (name === 'open') return open;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { env: { ...env, disk: wrapped }, count };
}

test('after a clean stop a start looks at the heads of the journal files; after a kill at all of them', async () => {
  const { env, count } = counting(memoryEnvironment());
  const storage = new StorageWorld(env);
  const first = await storage.open();
  await storage.append(first.partition, RECORD);
  await first.partitions.close();
  count.bytes = 0;
  const second = await storage.open();
  assert.ok(count.bytes < 4096, `${count.bytes} bytes of the journal were read after a clean stop`);
  await storage.append(second.partition, RECORD);
  await second.partitions.abandon();
  count.bytes = 0;
  await storage.open();
  assert.ok(count.bytes >= 128 * 1024, `${count.bytes} bytes of the journal were read after a kill`);
});

test('D6: manifests of a clean stop that are put back before a journal that went on are damage', async () => {
  const storage = new StorageWorld(memoryEnvironment());
  const first = await storage.open();
  await storage.append(first.partition, RECORD);
  await first.partitions.close();
  const saved = await Promise.all(MANIFEST_FILES.map((name) => bytesOf(storage.disk, name)));
  const second = await storage.open();
  await storage.append(second.partition, RECORD);
  await second.partitions.abandon();
  for (const [index, name] of MANIFEST_FILES.entries()) await putBack(storage.disk, name, saved[index]!);
  await assert.rejects(storage.open(), JournalDamaged);
});

test('D6: the manifest of a clean stop is not believed when the one after it cannot be read', async () => {
  const storage = new StorageWorld(memoryEnvironment());
  const first = await storage.open();
  await storage.append(first.partition, RECORD);
  await first.partitions.close();
  const before = await Promise.all(MANIFEST_FILES.map((name) => bytesOf(storage.disk, name)));
  const second = await storage.open();
  for (let n = 0; n < 3; n++) await storage.append(second.partition, RECORD);
  await second.partitions.abandon();
  for (const [index, name] of MANIFEST_FILES.entries()) {
    const bytes = await bytesOf(storage.disk, name);
    if (bytes.equals(before[index]!)) continue;
    bytes[bytes.length - 3]! ^= 1;
    await putBack(storage.disk, name, bytes);
  }
  // The first frame of the last life is not whole either: only those behind it tell that there was more.
  const frame = await bytesOf(storage.disk, 'journal/00000000');
  frame[70]! ^= 1;
  await putBack(storage.disk, 'journal/00000000', frame);
  await assert.rejects(storage.open(), JournalDamaged);
});
