/** The store on disk is the one in memory, over crashes at any moment; and what is damaged is never used. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { MemoryStore, PlanError, type Row } from '../../streams/index.ts';
import type { Codec } from '../../streams/store/overlay.ts';
import { State } from '../../streams/store/state.ts';
import { DiskStore } from './disk-store.ts';

const text: Codec<string> = { encode: (value) => Buffer.from(value), decode: (bytes) => bytes.toString() };
const KEYS = ['a', 'b', 'c\u0000d', 'é', '', 'k5', 'k6', 'k7'];
const CHANGELOG = 'p-changelog';

interface Step {
  readonly what: 'put' | 'put' | 'delete' | 'commit' | 'crash before apply' | 'crash after apply' | 'close';
  readonly key: string;
  readonly at: number;
}

const steps = fc.array(
  fc.record<Step>({
    what: fc.constantFrom(
      ...(['put', 'put', 'put', 'delete', 'commit', 'commit'] as const),
      ...(['crash before apply', 'crash after apply', 'close'] as const),
    ),
    key: fc.constantFrom(...KEYS),
    at: fc.integer({ min: 0, max: 99 }),
  }),
  { maxLength: 40 },
);

function opened(store: DiskStore | MemoryStore) {
  const state = new State(store);
  return {
    state,
    dated: state.dated('dated', text, (value) => (value === '7' ? undefined : Number(value))),
    rows: state.table('rows', text),
  };
}

function contents(store: DiskStore | MemoryStore): string[] {
  const tables = ['dated', '~dated', 'rows'];
  return tables.flatMap((table) =>
    [...store.keys(table, '')].map((key) => `${table} ${key} ${store.get(table, key)!.toString('hex')}`),
  );
}

/** Rows of one commit are of different keys: any order of them says the same. */
function inOrder(rows: readonly Row[]): Row[] {
  const name = ({ table, key }: Row) => `${table} ${key}`;
  return [...rows].sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

function inFolder<T>(use: (folder: () => string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(path.join(tmpdir(), 'gregor-store-'));
  let n = 0;
  return use(() => path.join(root, `store-${n++}`)).finally(() => rmSync(root, { recursive: true }));
}

test('on random histories, with crashes between commit and apply, it holds what the store in memory holds', async () => {
  await fc.assert(
    fc.asyncProperty(steps, (history) =>
      inFolder(async (next) => {
        const changelog: Row[] = [];
        const memory = new MemoryStore();
        let model = opened(memory);
        let folder = next();
        let store = await DiskStore.open(folder, CHANGELOG);
        let disk = opened(store);
        /** Killed: what lies in the folder at this moment, whatever is under way. */
        const crash = async () => {
          const copy = next();
          cpSync(folder, copy, { recursive: true });
          await store.close();
          folder = copy;
          store = await DiskStore.open(folder, CHANGELOG);
          const { changelogOffset } = store;
          assert.ok(changelogOffset <= changelog.length);
          opened(store).state.replay(changelog.slice(changelogOffset), changelog.length);
          disk = opened(store);
          model = opened(memory);
        };
        for (const { what, key, at } of history) {
          if (what === 'put')
            for (const { dated, rows } of [model, disk]) {
              dated.put(key, String(at));
              rows.put(key, `value ${at}`);
            }
          else if (what === 'delete')
            for (const { dated, rows } of [model, disk]) {
              dated.delete(key);
              rows.delete(key);
            }
          else if (what === 'close') {
            await store.close();
            store = await DiskStore.open(folder, CHANGELOG);
            disk = opened(store);
            model = opened(memory);
          } else {
            const changes = disk.state.changes();
            assert.deepEqual(inOrder(changes), inOrder(model.state.changes()));
            changelog.push(...changes);
            model.state.applied(changelog.length);
            if (what !== 'crash before apply') disk.state.applied(changelog.length);
            if (what !== 'commit') await crash();
          }
          assert.deepEqual(contents(store), contents(memory));
        }
        assert.equal(disk.dated.size, model.dated.size);
        await store.close();
      }),
    ),
    { numRuns: 40 },
  );
});

/** Some thousand rows in several batches, in log and tables of LevelDB. */
async function filled(folder: string): Promise<void> {
  const store = await DiskStore.open(folder, CHANGELOG);
  for (let n = 0; n < 20; n++) {
    const rows = Array.from({ length: 100 }, (_, i) => ({
      table: 'rows',
      key: `key ${(i * 7 + n * 13) % 500}`,
      value: i === 5 ? null : hash('sha512', `${n} ${i}`, 'buffer'),
    }));
    store.apply(rows, (n + 1) * 100);
    await store.settled();
  }
  await store.close();
}

test('a flipped byte or a missing end anywhere is noticed, or the store is a true earlier one; never a wrong one', async () => {
  await inFolder(async (next) => {
    const folder = next();
    await filled(folder);
    await (await DiskStore.open(folder, CHANGELOG)).close(); // the log becomes a table
    const second = await DiskStore.open(folder, CHANGELOG);
    second.apply([{ table: 'rows', key: 'last', value: Buffer.from('x') }], 2001);
    await second.close();
    const [before, last] = await Promise.all([2000, 2001].map((offset) => earlier(next(), offset)));
    const files = readdirSync(folder).filter((name) => /\.(ldb|log)$|^MANIFEST|^CURRENT/.test(name));
    const noticed = new Map<string, number>();
    for (const name of files) {
      const content = readFileSync(path.join(folder, name));
      for (let n = 0; n < 12; n++) {
        const copy = next();
        cpSync(folder, copy, { recursive: true });
        const at = Math.floor((content.length * n) / 12);
        const bytes = Buffer.from(content);
        bytes[at] = bytes[at]! ^ 0x41;
        writeFileSync(path.join(copy, name), n % 4 === 3 ? bytes.subarray(0, at) : bytes);
        try {
          const store = await DiskStore.open(copy, CHANGELOG);
          try {
            const found = contents(store);
            assert.deepEqual(found, store.changelogOffset === 2001 ? last : before, `${name} at ${at}`);
          } finally {
            await store.close();
          }
        } catch (error) {
          if (error instanceof assert.AssertionError) throw error;
          assert.match(
            (error as Error).message,
            /the state in .+(is damaged|: IO error).+(rebuilt from the changelog|move the folder aside)/,
          );
          noticed.set(name.replace(/\d+/, 'N'), (noticed.get(name.replace(/\d+/, 'N')) ?? 0) + 1);
        }
      }
    }
    assert.ok(
      [...noticed.values()].reduce((sum, count) => sum + count, 0) > 12,
      JSON.stringify([...noticed]),
    );
  });
});

async function earlier(folder: string, offset: number): Promise<string[]> {
  await filled(folder);
  const store = await DiskStore.open(folder, CHANGELOG);
  if (offset === 2001) store.apply([{ table: 'rows', key: 'last', value: Buffer.from('x') }], offset);
  const found = contents(store);
  await store.close();
  return found;
}

test('a folder in use, and one of another changelog, are refused with what to do', async () => {
  await inFolder(async (next) => {
    const folder = next();
    const store = await DiskStore.open(folder, CHANGELOG);
    store.apply([{ table: 'rows', key: 'a', value: Buffer.from('1') }], 1);
    await assert.rejects(
      DiskStore.open(folder, CHANGELOG),
      /is in use by another process: each needs a folder/,
    );
    await store.close();
    await assert.rejects(
      DiskStore.open(folder, 'made anew'),
      (error) =>
        error instanceof PlanError && /of another changelog.*rebuilt from the changelog/.test(error.message),
    );
    await (await DiskStore.open(folder, CHANGELOG)).close();
  });
});
