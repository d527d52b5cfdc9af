import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeSync, openSync } from 'node:fs';
import { wholeBlocks, writeUncached } from './uncached.ts';

const PIECE = 2 * 1024 * 1024;
const LENGTHS = [3 * 1024 * 1024, 1, 5_000_000, 99];
const POSITION = 4_000;

/** A file in memory and what was written past the cache into it; `take`: how many bytes of a piece the system takes. */
function recorded(take: (piece: number, bytes: number) => number) {
  const content = Buffer.alloc(16 * 1024 * 1024);
  const pieces: { at: number; bytes: number }[] = [];
  return {
    content,
    pieces,
    cached: async (position: number, parts: readonly Uint8Array[]) => {
      let at = position;
      for (const part of parts) {
        content.set(part, at);
        at += part.length;
      }
      return at;
    },
    once: async (_descriptor: number, [piece]: readonly Uint8Array[], at: number) => {
      const taken = take(pieces.length, piece!.length);
      pieces.push({ at, bytes: taken });
      content.set(piece!.subarray(0, taken), at);
      return taken;
    },
  };
}

async function written(file: ReturnType<typeof recorded>): Promise<void> {
  const parts = LENGTHS.map((length, n) => Buffer.alloc(length, `part ${n}, `));
  const bytes = LENGTHS.reduce((sum, length) => sum + length, 0);
  const descriptor = openSync('/dev/null', 'r');
  const end = await writeUncached(descriptor, parts, POSITION, wholeBlocks(POSITION, bytes)!, file);
  assert.equal(end, POSITION + bytes);
  assert.ok(file.content.subarray(POSITION, end).equals(Buffer.concat(parts)));
  assert.ok(file.content.subarray(end).every((byte) => byte === 0));
  assert.throws(() => closeSync(descriptor), { code: 'EBADF' }, 'the descriptor was given back');
}

test('whole blocks go past the cache, what lies before and behind them does not', async () => {
  const file = recorded((_piece, bytes) => bytes);
  await written(file);
  assert.equal(file.pieces[0]!.at, 4096);
  for (const { at, bytes } of file.pieces) assert.equal((at % 4096) + (bytes % 4096), 0);
  assert.equal(Math.max(...file.pieces.map(({ bytes }) => bytes)), PIECE);
});

test('what the file system refuses or takes in part is written through the cache', async () => {
  await written(recorded((piece, bytes) => (piece === 1 ? 12_288 : bytes)));
  await written(
    recorded(() => {
      throw Object.assign(new Error('memory of another kind'), { code: 'EINVAL' });
    }),
  );
});

test('any other error is the write’s own', async () => {
  const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
  const file = recorded(() => {
    throw full;
  });
  await assert.rejects(written(file), full);
});

test('pieces of many writes share the staging memory, and none mixes with another', async () => {
  const slow = () => {
    const file = recorded((_piece, bytes) => bytes);
    const { once } = file;
    return {
      ...file,
      once: async (descriptor: number, parts: readonly Uint8Array[], at: number) => {
        await new Promise((resolve) => setImmediate(resolve));
        return once(descriptor, parts, at);
      },
    };
  };
  await Promise.all(Array.from({ length: 6 }, () => written(slow())));
});

test('too few whole blocks are none', () => {
  assert.equal(wholeBlocks(1, 192 * 1024), undefined);
  assert.deepEqual(wholeBlocks(0, 192 * 1024), { head: 0, middle: 192 * 1024 });
  assert.deepEqual(wholeBlocks(4095, 192 * 1024 + 5000), { head: 1, middle: 192 * 1024 + 4096 });
});
