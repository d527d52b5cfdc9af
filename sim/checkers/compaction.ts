/**
 * K1, K2, K4: what a compacted log misses is what it may miss, asked of every read and at the end.
 *
 *   the newest record of its key   stays, as it was sent: value, header, timestamp; unless it is a tombstone
 *   an older one                   may go once it is older than min.compaction.lag.ms
 *   a tombstone                    stays delete.retention.ms, and goes no sooner than what it deletes
 *   a record without a key         stays
 */
import { headerOf, isTombstone } from '../client/values.ts';
import type { Fact, LogFacts } from '../history/facts.ts';
import type { FinalLog } from '../history/final-look.ts';
import type { ReadRecord } from '../history/history.ts';
import type { BrokerProcess } from '../world/broker-process.ts';
import type { CheckerKind, Violated } from './checker.ts';
import { short } from './offsets.ts';

export const compaction: CheckerKind = {
  promises: ['K1', 'K2', 'K4'],
  make(violated) {
    let process: BrokerProcess;
    const states = new Map<LogFacts, CompactedLog>();
    const stateOf = (log: LogFacts) => {
      const known = states.get(log) ?? new CompactedLog(log, process, violated);
      states.set(log, known);
      return known;
    };
    return {
      name: 'compaction',
      watch(_sim, watched) {
        process = watched;
      },
      sent(batch, attempt) {
        if (batch.log.isCompacted && batch.attempts[0] === attempt) stateOf(batch.log).sent(batch.keys);
      },
      acknowledged(batch, _attempt, baseOffset) {
        if (!batch.log.isCompacted || baseOffset < 0 || (batch.acknowledged ?? -1) >= 0) return;
        const state = stateOf(batch.log);
        for (const [n, key] of batch.keys.entries()) state.placed(key, baseOffset + n);
      },
      read({ log, reader, fetchOffset, logStartOffset, batches }) {
        if (!log.isCompacted || batches.length === 0) return;
        const state = stateOf(log);
        const records = batches.flatMap((batch) => batch.records);
        for (const record of records) state.unchanged(record, reader);
        state.missing(Math.max(fetchOffset, logStartOffset), batches.at(-1)!.lastOffset, records, reader);
      },
      finished({ logs }) {
        for (const seen of logs) if (seen.log.isCompacted) stateOf(seen.log).tombstones(seen);
      },
    };
  },
};

class CompactedLog {
  readonly #log: LogFacts;
  readonly #process: BrokerProcess;
  readonly #violated: Violated;
  /** The highest offset of each key that anybody knows of. */
  readonly #newest = new Map<string, number>();
  /** How many records of a key were sent, and have no offset that anybody knows of. */
  readonly #unplaced = new Map<string, number>();

  constructor(log: LogFacts, process: BrokerProcess, violated: Violated) {
    this.#log = log;
    this.#process = process;
    this.#violated = violated;
  }

  sent(keys: readonly (string | null)[]): void {
    for (const key of keys) if (key !== null) this.#unplaced.set(key, (this.#unplaced.get(key) ?? 0) + 1);
  }

  placed(key: string | null, offset: number): void {
    if (key === null) return;
    this.#unplaced.set(key, this.#unplaced.get(key)! - 1);
    this.#newest.set(key, Math.max(this.#newest.get(key) ?? -1, offset));
  }

  /** It is as it was sent. */
  unchanged({ offset, value, key, timestamp, header }: ReadRecord, reader: string): void {
    const batch = this.#log.sent.get(value);
    if (batch === undefined) return; // told by another checker
    const index = batch.values.indexOf(value);
    const sentKey = batch.keys[index]!;
    const sentAt = batch.timestamps[index]!;
    const sentHeader = sentKey === null ? undefined : headerOf(value);
    if (key !== sentKey || timestamp !== sentAt || header !== sentHeader)
      this.#violated(
        `K1: ${this.#log.name} @${offset}: '${short(value)}' was sent with ${sentKey}, ${sentHeader}, ${sentAt}, ${reader} got ${key}, ${header}, ${timestamp}`,
      );
    if (key !== null) this.#newest.set(key, Math.max(this.#newest.get(key) ?? -1, offset));
  }

  /** Whatever is known between these two offsets (inclusive) is there, or may be missing. */
  missing(from: number, to: number, records: readonly ReadRecord[], reader: string): void {
    const found = new Set(records.map(({ offset }) => offset));
    for (let offset = from; offset <= to; offset++) {
      const fact = this.#log.records[offset];
      if (fact !== undefined && !found.has(offset)) this.#mayMiss(offset, fact, reader);
    }
  }

  #mayMiss(offset: number, fact: Fact, reader: string): void {
    const { key, value, timestamp } = fact;
    const where = `${this.#log.name} @${offset}: ${reader} misses '${short(value)}'`;
    if (key === null) return this.#violated(`K2: ${where}, which has no key`);
    const { minLagMs, deleteRetentionMs } = this.#log.cleanup!.compaction!;
    if (minLagMs > 0 && timestamp + minLagMs > this.#process.latestWallTime)
      this.#violated(`K1: ${where}, which is younger than min.compaction.lag.ms`);
    if (this.#newest.get(key)! > offset || this.#unplaced.get(key)! > 0) return;
    if (!isTombstone(value)) this.#violated(`K1: ${where}, the newest record of ${key}`);
    const known = this.#process.wallTimeSince(this.#log.sent.get(value)!.madeAt);
    if (known < deleteRetentionMs)
      this.#violated(
        `K4: ${where}, a tombstone of at most ${known} ms; delete.retention.ms is ${deleteRetentionMs}`,
      );
  }

  /** A tombstone that is gone leaves nothing behind of what it deleted. */
  tombstones({ logStartOffset, records }: FinalLog): void {
    const found = new Set(records.map(({ offset }) => offset));
    for (const { offset, key, value } of records) {
      const newest = key === null ? undefined : this.#newest.get(key);
      if (newest === undefined || newest <= offset || newest < logStartOffset || found.has(newest)) continue;
      this.#violated(
        `K4: ${this.#log.name} @${offset}: '${short(value)}' is there, and the tombstone that deleted it is not`,
      );
    }
  }
}
