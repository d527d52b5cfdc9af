import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { BufferPool } from '../env/index.ts';
import { FrameCutter, ownsMemory } from './frame-cutter.ts';

const FRAME_BYTES_MAX = 1 << 20;

function framed(body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeInt32BE(body.length, 0);
  bytes.set(body, 4);
  return bytes;
}

/** What comes out when the bytes arrive in chunks of these sizes; every chunk is overwritten once it was kept, as sockets do. */
function cut(bytes: Buffer, sizes: readonly number[]): { frame: Buffer; whenCut: Buffer }[] {
  const cutter = new FrameCutter(FRAME_BYTES_MAX, new BufferPool({ overwrites: true }));
  const frames: { frame: Buffer; whenCut: Buffer }[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length]!;
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    cutter.push(chunk);
    for (let frame = cutter.next(); frame !== undefined; frame = cutter.next())
      frames.push({ frame, whenCut: Buffer.from(frame) });
    cutter.keep();
    chunk.fill(0xee);
    at += size;
  }
  return frames;
}

test('frames come out whole and in order, however the bytes arrive; those that own their memory stay as they are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 8, maxLength: 300 }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 }),
      (bodies, sizes) => {
        const frames = cut(Buffer.concat(bodies.map(framed)), sizes);
        assert.deepEqual(
          frames.map(({ whenCut }) => whenCut),
          bodies.map((body) => Buffer.from(body)),
        );
        for (const { frame, whenCut } of frames) if (ownsMemory(frame)) assert.deepEqual(frame, whenCut); // F3
      },
    ),
  );
});

test('a frame inside one chunk is a view of it; one that spans chunks has memory of its own', () => {
  const body = Buffer.alloc(200_000, 7);
  assert.equal(ownsMemory(cut(framed(body), [300_000])[0]!.frame), false);
  assert.equal(ownsMemory(cut(framed(body), [65_536])[0]!.frame), true);
  assert.equal(ownsMemory(cut(framed(body), [4])[0]!.frame), true);
});
