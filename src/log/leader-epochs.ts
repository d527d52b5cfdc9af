/**
 * LeaderEpochs: the leader epochs of one partition with the offsets at which they began (KIP-101, KIP-320).
 *
 *   epoch 3 +----------+ epoch 5 +----+ epoch 6 +------->  log end
 *           0                    71             90
 *
 * Invariants
 *   E1  epochs and start offsets both rise strictly
 *   E2  an epoch without batches has no entry: its entry is written with its first batch
 */
import { assert } from '../base/index.ts';
import type { EpochEntry } from './log-state.ts';

/** Kafka's answer when an epoch is not known here. */
export const UNDEFINED_EPOCH = -1;
export const UNDEFINED_OFFSET = -1;

export interface EpochEnd {
  readonly leaderEpoch: number;
  /** Exclusive. */
  readonly endOffset: number;
}

export class LeaderEpochs {
  #entries: EpochEntry[];

  constructor(entries: readonly EpochEntry[] = []) {
    this.#entries = [...entries];
  }

  /** The newest epoch that has batches; -1 when there is none. */
  get latestEpoch(): number {
    return this.#entries.at(-1)?.leaderEpoch ?? UNDEFINED_EPOCH;
  }

  /** The first batch of `leaderEpoch` lies at `startOffset`. */
  assign(leaderEpoch: number, startOffset: number): void {
    const last = this.#entries.at(-1);
    if (last !== undefined && last.startOffset === startOffset && last.leaderEpoch < leaderEpoch)
      this.#entries.pop();
    const before = this.#entries.at(-1);
    assert(
      before === undefined || (before.leaderEpoch < leaderEpoch && before.startOffset < startOffset),
      () => `epoch ${leaderEpoch} at offset ${startOffset} does not follow ${JSON.stringify(before)}`,
    ); // E1
    this.#entries.push({ leaderEpoch, startOffset });
  }

  /** The log begins at `logStartOffset` now: epochs that ended before it are forgotten. */
  raiseStart(logStartOffset: number): void {
    const kept = this.#entries.findLastIndex((entry) => entry.startOffset <= logStartOffset);
    if (kept < 0) return;
    const [first, ...rest] = this.#entries.slice(kept);
    this.#entries = [{ leaderEpoch: first!.leaderEpoch, startOffset: logStartOffset }, ...rest];
  }

  /**
   * Where `requestedEpoch` ended, as OffsetForLeaderEpoch wants it: the largest epoch at or below the requested one, and
   * the offset at which the next one began. `currentEpoch` is the leader's, which may have no batch yet (E2).
   */
  endOffsetFor(requestedEpoch: number, logEndOffset: number, currentEpoch = this.latestEpoch): EpochEnd {
    if (requestedEpoch < 0 || requestedEpoch > currentEpoch)
      return { leaderEpoch: UNDEFINED_EPOCH, endOffset: UNDEFINED_OFFSET };
    if (requestedEpoch === currentEpoch) return { leaderEpoch: requestedEpoch, endOffset: logEndOffset };
    const higher = this.#entries.find((entry) => entry.leaderEpoch > requestedEpoch);
    const floor = this.#entries.findLast((entry) => entry.leaderEpoch <= requestedEpoch);
    // Older than all that is known: what it wrote is gone, the log begins with the next epoch.
    return {
      leaderEpoch: floor?.leaderEpoch ?? requestedEpoch,
      endOffset: higher?.startOffset ?? logEndOffset,
    };
  }

  /** The epoch in which the record at `offset` was written; undefined below all that is known. */
  epochAt(offset: number): number | undefined {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.leaderEpoch;
  }

  list(): readonly EpochEntry[] {
    return [...this.#entries];
  }
}
