/**
 * StableOffsets: how far readers get who must not see records of open or aborted transactions. Pure.
 *
 *   +- decided ------+ open A ... | open B ... | end of A | ... > high watermark
 *                    ^ lastStableOffset, until the end of A is durable; then the first offset of B
 *
 * Invariants
 *   B1  lastStableOffset is the first offset of the oldest transaction whose marker is not durable, else the high watermark
 *   B2  committedEnd <= lastStableOffset, and no transaction begun below committedEnd is aborted at or above it: a reader
 *       that is given no aborted records reaches it, because the markers that it is given bring it over them
 *   B3  neither falls
 */
import { assert } from '../base/index.ts';
import type { AbortedTransaction, CompletedTransaction } from '../log/index.ts';

/** The offsets of the partition that these depend on. */
export interface Bounds {
  readonly logStartOffset: number;
  readonly highWatermark: number;
  /** Of the oldest open transaction. */
  readonly firstOpenOffset: number | undefined;
}

export class StableOffsets {
  lastStableOffset: number;
  committedEnd: number;
  /** Transactions whose markers lie at or above committedEnd, or are not durable yet; in marker order. */
  #ended: CompletedTransaction[] = [];

  constructor(highWatermark: number) {
    this.lastStableOffset = highWatermark;
    this.committedEnd = highWatermark;
  }

  /** A marker has its place in the log. */
  ended(transaction: CompletedTransaction): void {
    this.#ended.push(transaction);
  }

  /** The bounds have moved up. */
  move(bounds: Bounds): void {
    const before = this.lastStableOffset;
    const stable = this.#stable(bounds);
    // Then committedEnd is the same too, unless the log start passed it: who ended since then was open before.
    if (stable === before && this.committedEnd >= bounds.logStartOffset) return;
    assert(stable >= before, 'B3'); // B3
    this.lastStableOffset = stable;
    this.committedEnd = Math.max(bounds.logStartOffset, this.#committed(stable));
    while (this.#ended[0] !== undefined && this.#ended[0].lastOffset < this.committedEnd) this.#ended.shift();
  }

  #stable({ logStartOffset, highWatermark, firstOpenOffset }: Bounds): number {
    let first = firstOpenOffset ?? highWatermark;
    for (const { firstOffset, lastOffset } of this.#ended)
      if (lastOffset >= highWatermark) first = Math.min(first, firstOffset);
    return Math.max(logStartOffset, Math.min(first, highWatermark)); // B1
  }

  #committed(stable: number): number {
    if (this.#ended.length === 0) return stable;
    let end = stable;
    const aborted = this.#ended.filter(({ isAborted }) => isAborted);
    for (const { firstOffset, lastOffset } of aborted.sort((a, b) => b.firstOffset - a.firstOffset))
      if (firstOffset < end && lastOffset >= end) end = firstOffset; // B2
    return end;
  }

  /** After replay, when everything is durable. `abortedFrom`: the transactions whose abort lies at or above an offset. */
  async restore(
    bounds: Bounds,
    abortedFrom: (offset: number) => Promise<readonly AbortedTransaction[]>,
  ): Promise<void> {
    this.#ended = [];
    this.lastStableOffset = this.#stable(bounds);
    this.committedEnd = this.lastStableOffset;
    if (bounds.firstOpenOffset === undefined) return;
    for (let from = -1; from !== this.committedEnd; ) {
      from = this.committedEnd;
      this.#ended = (await abortedFrom(from)).map((one) => ({ ...one, isAborted: true }));
      this.committedEnd = Math.max(bounds.logStartOffset, this.#committed(this.lastStableOffset));
    }
  }
}
