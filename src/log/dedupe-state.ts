/**
 * DedupeState: the ids that one partition has taken. Pure; `take`, `ended`, `forgetTo` are the only things that change it, at
 * append time and at start-up alike, so that a start decides as the life before it would have.
 *
 *   batch of no transaction   its ids count at once
 *   batch of a transaction    its ids are held for it; the commit's marker makes them count, the abort's lets them go (I9)
 *
 * Times come from what was written, never from a clock: of a batch when it was taken, of a transaction its marker's.
 */
import { MARKER_ABORT } from '../protocol/index.ts';
import type { DedupeIds } from './dedupe-ids.ts';
import { decodeDedupeSnapshot, type DedupeSnapshot } from './dedupe-snapshot.ts';
import { DIGEST_WORDS, IdWindow } from './id-window.ts';

const TRANSACTIONAL_BIT = 0x10;

/** What is known of a batch, or of a marker, without opening it. */
interface Taken {
  readonly baseOffset: number;
  readonly producerId: number;
  readonly attributes: number;
}

export interface Marker {
  readonly baseOffset: number;
  readonly producerId: number;
  readonly markerType: number;
  readonly maxTimestamp: number;
}

export class DedupeState {
  #counting = new IdWindow();
  /** Of open transactions, by producer id. */
  readonly #held = new Map<number, IdWindow>();
  #lastTime = 0;
  /** Exclusive: what was written below it is in the snapshot that was restored. */
  #restoredTo = 0;

  /** The ids that count. */
  get counting(): IdWindow {
    return this.#counting;
  }

  /** Of the newest id; the next is not older. */
  get lastTime(): number {
    return this.#lastTime;
  }

  get isEmpty(): boolean {
    return this.#counting.size === 0 && this.#held.size === 0;
  }

  /** Of memory. */
  get bytes(): number {
    return this.#counting.bytes + this.heldBytes;
  }

  /** Of memory, for transactions that are open. */
  get heldBytes(): number {
    let bytes = 0;
    for (const held of this.#held.values()) bytes += held.bytes;
    return bytes;
  }

  /** Whose open transaction holds this id, and where; undefined: none. */
  holderOf(digest: Uint32Array, at: number): { producerId: number; offset: number } | undefined {
    for (const [producerId, held] of this.#held) {
      const position = held.find(digest, at);
      if (position >= 0) return { producerId, offset: held.offsetAt(position) };
    }
    return undefined;
  }

  /** Where this producer's open transaction holds it. */
  heldBy(producerId: number, digest: Uint32Array, at: number): { offset: number; time: number } | undefined {
    const held = this.#held.get(producerId);
    const position = held?.find(digest, at) ?? -1;
    return position < 0 ? undefined : { offset: held!.offsetAt(position), time: held!.timeAt(position) };
  }

  /** A batch has its place in the log, and these are its ids. */
  take(batch: Taken, ids: DedupeIds): void {
    if (batch.baseOffset < this.#restoredTo) return;
    this.forgetTo(ids.head);
    this.#lastTime = Math.max(this.#lastTime, ids.time);
    const window = this.#windowFor(batch, ids.first);
    for (const [n, delta] of ids.deltas.entries())
      window.add(ids.digests, n * DIGEST_WORDS, batch.baseOffset + delta, ids.time);
  }

  #windowFor({ attributes, producerId }: Taken, first: number): IdWindow {
    if ((attributes & TRANSACTIONAL_BIT) === 0) {
      // Below it are only positions that a damaged snapshot lost.
      if (first > this.#counting.next) this.#counting.forgetTo(first);
      return this.#counting;
    }
    const held = this.#held.get(producerId) ?? new IdWindow();
    this.#held.set(producerId, held);
    return held;
  }

  /** The marker that ends a producer's transaction has its place in the log. */
  ended(marker: Marker): void {
    const held = this.#held.get(marker.producerId);
    if (held === undefined || marker.baseOffset < this.#restoredTo) return;
    this.#held.delete(marker.producerId);
    if (marker.markerType === MARKER_ABORT) return;
    this.#lastTime = Math.max(this.#lastTime, marker.maxTimestamp);
    held.pourInto(this.#counting, this.#lastTime);
  }

  forgetTo(position: number): void {
    this.#counting.forgetTo(position);
  }

  /** The topic does not deduplicate any more. */
  clear(head: number): void {
    this.#counting.forgetTo(head);
    this.#held.clear();
  }

  /** Everything as it is now; later changes do not reach it. */
  capture(): DedupeSnapshot {
    return {
      lastTime: this.#lastTime,
      counting: this.#counting.capture(),
      held: [...this.#held].map(([producerId, held]) => ({ producerId, ...held.capture() })),
    };
  }

  /** Takes over a snapshot of the partition as it was at `endOffset`. False, and nothing changed: it is damaged. */
  restore(bytes: Buffer, endOffset: number): boolean {
    const snapshot = decodeDedupeSnapshot(bytes);
    if (snapshot === undefined) return false;
    this.#lastTime = snapshot.lastTime;
    this.#counting = IdWindow.restore(snapshot.counting.first, snapshot.counting.parts[0]!);
    this.#held.clear();
    for (const { producerId, first, parts } of snapshot.held)
      this.#held.set(producerId, IdWindow.restore(first, parts[0]!));
    this.#restoredTo = endOffset;
    return true;
  }
}
