/** The store on a disk that is full, a real one: what is told, that nothing of what was there is hurt, and that it goes on when there is room. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { nodeSpaceOf } from '../../env/node/index.ts';
import { PlanError } from '../../streams/index.ts';
import { DiskStore } from './disk-store.ts';
import { explained } from './store-errors.ts';

const KIB = 1024;
const FULL =
  /the state in .* cannot be written: No space left on device, \d+\.\d MiB are free there\. Nothing is lost: .* goes on by itself once there is room\./;

/** Undefined, and the test skipped: no disk of one's own can be made here. */
function smallDisk(t: TestContext): string | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'gregor-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmdirSync(folder);
    t.skip('mount -t tmpfs: not allowed here');
    return undefined;
  }
  t.after(() => {
    execFileSync('umount', [folder]);
    rmdirSync(folder);
  });
  return folder;
}

/** All but so much. */
function fill(disk: string, free: number): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(path.join(disk, 'others'), Buffer.alloc(Math.max(0, bavail * bsize - free)));
}

const row = (n: number) => ({ table: 't', key: `k${n}`, value: Buffer.alloc(3 * KIB, n) });

test('a full disk is told as that, with what is free; what was written before is there again when there is room', async (t) => {
  const disk = smallDisk(t);
  if (disk === undefined) return;
  for (const free of [0, 20, 60, 140, 300].map((count) => count * KIB)) {
    const folder = path.join(disk, `state-${free}`);
    fill(disk, free);
    let written = 0;
    const work = async () => {
      const store = await DiskStore.open(folder, 'changelog', nodeSpaceOf);
      try {
        for (; written < 200; written++) {
          store.apply([row(written)], written + 1);
          await store.settled();
        }
      } finally {
        await store.close();
      }
    };
    await assert.rejects(work(), (error: Error) => !(error instanceof PlanError) && FULL.test(error.message));
    await assert.rejects(DiskStore.open(folder, 'changelog', nodeSpaceOf), FULL);
    rmSync(path.join(disk, 'others'));
    const store = await DiskStore.open(folder, 'changelog', nodeSpaceOf);
    assert.equal(store.changelogOffset, written);
    for (let n = 0; n < written; n++) assert.deepEqual(store.get('t', `k${n}`), row(n).value);
    await store.close();
    rmSync(folder, { recursive: true });
  }
});

test('each kind of trouble has its own way out', () => {
  const told = (message: string, room?: string) => explained(new Error(message), '/state', room).message;
  assert.match(
    told('IO error: /state/000003.log: Disk quota exceeded', ', 9.0 MiB are free there'),
    /cannot be written: Disk quota exceeded, 9\.0 MiB are free there\. Nothing is lost/,
  );
  assert.match(
    told('IO error: /state/LOCK: Permission denied'),
    /cannot be opened: .*Let this user write there, or give the pipeline another folder/,
  );
  assert.match(
    told('IO error: /state/000003.log: Input/output error'),
    /If that stays so, move the folder aside/,
  );
});
