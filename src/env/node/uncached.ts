/**
 * Uncached: large writes that pass the system's page cache by (O_DIRECT), for bytes that nobody will read soon.
 *
 *   position -+- head -+- whole blocks, through staging memory -+- tail -+
 *             | cached | straight to the disk                   | cached |
 *
 * A page of the cache that is new costs the kernel more than the copy into it, and in a virtual machine whose memory was never touched
 * ten times more (docs/decisions/0010-uncached-segments.md). The disk takes whole blocks from memory that begins at one: batches do
 * neither, so they are gathered in staging memory, which is used again and again.
 *
 * Invariants
 *   N1  what a write leaves behind is the same as without all this, byte for byte; it is durable after the same `fdatasync`
 *   N2  where the file system takes no such writes, or took a part only, the rest is written through the cache
 *   N3  at most STAGING_COUNT pieces are under way in the process; who comes later waits
 */
import { closeSync, constants, openSync } from 'node:fs';

/** Of every disk that is in use; file systems want no more. */
const BLOCK_BYTES = 4096;
/** Fewer whole blocks than this are not worth the trip. */
const UNCACHED_BYTES_MIN = 192 * 1024;
const STAGING_BYTES = 2 * 1024 * 1024;
const STAGING_COUNT = 4;

/** Writes all parts at the position through the cache; answers where they end. */
export type CachedWrite = (position: number, parts: readonly Uint8Array[]) => Promise<number>;
/** One call into the system: answers how many of the bytes it took. */
export type WriteOnce = (
  descriptor: number,
  parts: readonly Uint8Array[],
  position: number,
) => Promise<number>;

/** Where whole blocks begin and how many bytes of them there are; undefined: too few. */
export function wholeBlocks(
  position: number,
  bytes: number,
): { readonly head: number; readonly middle: number } | undefined {
  const head = (BLOCK_BYTES - (position % BLOCK_BYTES)) % BLOCK_BYTES;
  const middle = Math.floor((bytes - head) / BLOCK_BYTES) * BLOCK_BYTES;
  return middle >= UNCACHED_BYTES_MIN ? { head, middle } : undefined;
}

/** A second descriptor of the same open file, for whole blocks only; undefined where there is no such thing. */
export function openUncached(descriptor: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_DIRECT);
  } catch {
    return undefined; // N2: no /proc here, or a file system that caches everything
  }
}

/** Writes `parts`, of which `head` bytes come before the first whole block and `middle` bytes are whole blocks. Answers the end. */
export async function writeUncached(
  uncached: number,
  parts: readonly Uint8Array[],
  position: number,
  { head, middle }: { readonly head: number; readonly middle: number },
  write: { readonly cached: CachedWrite; readonly once: WriteOnce },
): Promise<number> {
  try {
    const source = new Gathered(parts);
    let at = position;
    if (head > 0) at = await write.cached(at, [source.copy(Buffer.allocUnsafe(head))]);
    for (let left = middle; left > 0; ) {
      const staging = await takeStaging();
      try {
        const piece = source.copy(staging.subarray(0, Math.min(left, staging.length)));
        left -= piece.length;
        const taken = await write.once(uncached, [piece], at).catch(noneIfRefused);
        at = taken === piece.length ? at + taken : await write.cached(at + taken, [piece.subarray(taken)]); // N2
      } finally {
        giveStaging(staging);
      }
    }
    return source.isEmpty ? at : await write.cached(at, source.rest());
  } finally {
    closeSync(uncached);
  }
}

/** The file system wants larger blocks, or other memory. */
function noneIfRefused(error: NodeJS.ErrnoException): number {
  if (error.code === 'EINVAL') return 0;
  throw error;
}

/** The bytes of several buffers, one after the other. */
class Gathered {
  readonly #parts: readonly Uint8Array[];
  #index = 0;
  #offset = 0;

  constructor(parts: readonly Uint8Array[]) {
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.#index === this.#parts.length;
  }

  /** Fills `target` with what comes next. */
  copy(target: Buffer): Buffer {
    for (let filled = 0; filled < target.length; ) {
      const part = this.#parts[this.#index]!;
      const taken = part.subarray(this.#offset, this.#offset + target.length - filled);
      target.set(taken, filled);
      filled += taken.length;
      this.#offset += taken.length;
      if (this.#offset < part.length) continue;
      this.#index++;
      this.#offset = 0;
    }
    return target;
  }

  rest(): readonly Uint8Array[] {
    const [first, ...others] = this.#parts.slice(this.#index);
    return first === undefined ? [] : [first.subarray(this.#offset), ...others];
  }
}

const free: Buffer[] = [];
const waiting: ((staging: Buffer) => void)[] = [];
let made = 0;

/** Memory that begins at a page: V8 maps what may grow by itself (this never does). Anything else is refused, and N2 holds. */
function takeStaging(): Buffer | Promise<Buffer> {
  const ready = free.pop();
  if (ready !== undefined) return ready;
  if (made === STAGING_COUNT) return new Promise((resolve) => waiting.push(resolve)); // N3
  made++;
  return Buffer.from(new ArrayBuffer(STAGING_BYTES, { maxByteLength: STAGING_BYTES }), 0, STAGING_BYTES);
}

function giveStaging(staging: Buffer): void {
  const next = waiting.shift();
  if (next === undefined) free.push(staging);
  else next(staging);
}
