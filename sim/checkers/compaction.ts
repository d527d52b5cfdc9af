/**
 * K1, K2, K3, K4: what a compacted log misses is what it may miss, asked of every read and at the end.
 *
 *   the newest record of its key   stays, as it was sent: value, header, timestamp; unless it is a tombstone
 *   an older one                   may go once it is older than min.compaction.lag.ms
 *   a tombstone                    stays delete.retention.ms, and goes no sooner than what it deletes
 *   a record without a key         stays
 *   one of an aborted transaction  may go, and takes nobody's place
 *   a marker                       stays as long as any record of its transaction: so what is there at the end is decided as
 *                                  its producer was told
 */
import { headerOf, isTombstone } from '../client/values.ts';
import type { Fact, LogFacts, SentBatch } from '../history/facts.ts';
import type { FinalLog } from '../history/final-look.ts';
import type { ReadRecord } from '../history/history.ts';
import type { BrokerProcess } from '../world/broker-process.ts';
import type { CheckerKind, Violated } from './checker.ts';
import { short } from './offsets.ts';

export const compaction: CheckerKind = {
  promises: ['K1', 'K2', 'K3', 'K4'],
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
        if (batch.log.isCompacted && batch.attempts[0] === attempt) stateOf(batch.log).sent(batch);
      },
      acknowledged(batch, _attempt, baseOffset) {
        if (!batch.log.isCompacted || baseOffset < 0 || (batch.acknowledged ?? -1) >= 0) return;
        const state = stateOf(batch.log);
        for (const [n, value] of batch.values.entries()) state.placed(value, baseOffset + n);
      },
      read({ log, reader, fetchOffset, logStartOffset, batches }) {
        if (!log.isCompacted || batches.length === 0) return;
        const state = stateOf(log);
        const records = batches.flatMap((batch) => batch.records);
        for (const record of records) state.unchanged(record, reader);
        state.missing(Math.max(fetchOffset, logStartOffset), batches.at(-1)!.lastOffset, records, reader);
      },
      finished({ logs }) {
        for (const seen of logs) {
          if (!seen.log.isCompacted) continue;
          stateOf(seen.log).tombstones(seen);
          stateOf(seen.log).decided(seen);
        }
      },
    };
  },
};

/** A record that was sent, and where it stands, once anybody knows. */
interface Placed {
  readonly batch: SentBatch;
  offset: number | undefined;
}

/** It may take the place of older ones of its key. */
function mayCount({ batch: { transaction } }: Placed): boolean {
  return transaction === undefined || (transaction.asked === 'commit' && transaction.outcome !== 'aborted');
}

function surelyCounts({ batch: { transaction } }: Placed): boolean {
  return transaction === undefined || transaction.outcome === 'committed';
}

class CompactedLog {
  readonly #log: LogFacts;
  readonly #process: BrokerProcess;
  readonly #violated: Violated;
  /** Of each key, in the order of sending. */
  readonly #ofKey = new Map<string, Placed[]>();
  readonly #ofValue = new Map<string, Placed>();

  constructor(log: LogFacts, process: BrokerProcess, violated: Violated) {
    this.#log = log;
    this.#process = process;
    this.#violated = violated;
  }

  sent(batch: SentBatch): void {
    for (const [n, value] of batch.values.entries()) {
      const key = batch.keys[n]!;
      const placed: Placed = { batch, offset: undefined };
      this.#ofValue.set(value, placed);
      if (key === null) continue;
      const all = this.#ofKey.get(key) ?? [];
      this.#ofKey.set(key, all);
      all.push(placed);
    }
  }

  placed(value: string, offset: number): void {
    this.#ofValue.get(value)!.offset = offset;
  }

  /** It is as it was sent. */
  unchanged({ offset, value, key, timestamp, header }: ReadRecord, reader: string): void {
    const placed = this.#ofValue.get(value);
    if (placed === undefined) return; // a marker, or told by another checker
    placed.offset = offset;
    const { batch } = placed;
    const index = batch.values.indexOf(value);
    const sentKey = batch.keys[index]!;
    const sentAt = batch.timestamps[index]!;
    const sentHeader = sentKey === null ? undefined : headerOf(value);
    if (key !== sentKey || timestamp !== sentAt || header !== sentHeader)
      this.#violated(
        `K1: ${this.#log.name} @${offset}: '${short(value)}' was sent with ${sentKey}, ${sentHeader}, ${sentAt}, ${reader} got ${key}, ${header}, ${timestamp}`,
      );
  }

  /** Whatever is known between these two offsets (inclusive) is there, or may be missing. */
  missing(from: number, to: number, records: readonly ReadRecord[], reader: string): void {
    const found = new Set(records.map(({ offset }) => offset));
    for (let offset = from; offset <= to; offset++) {
      const fact = this.#log.records[offset];
      if (fact !== undefined && !found.has(offset)) this.#mayMiss(offset, fact, reader);
    }
  }

  #mayMiss(offset: number, { key, value, timestamp }: Fact, reader: string): void {
    const placed = this.#ofValue.get(value);
    if (placed === undefined) return; // a marker: what it decided is asked for at the end
    const where = `${this.#log.name} @${offset}: ${reader} misses '${short(value)}'`;
    const { minLagMs, deleteRetentionMs } = this.#log.cleanup!.compaction!;
    if (minLagMs > 0 && timestamp + minLagMs > this.#process.latestWallTime)
      this.#violated(`K1: ${where}, which is younger than min.compaction.lag.ms`);
    if (!surelyCounts(placed)) return;
    if (key === null) return this.#violated(`K2: ${where}, which has no key`);
    const isReplaced = (other: Placed) => mayCount(other) && (other.offset ?? offset + 1) > offset;
    if (this.#ofKey.get(key)!.findLast(isReplaced) !== undefined) return;
    if (!isTombstone(value)) this.#violated(`K1: ${where}, the newest record of ${key} that counts`);
    const known = this.#process.wallTimeSince(placed.batch.madeAt);
    if (known < deleteRetentionMs)
      this.#violated(
        `K4: ${where}, a tombstone of at most ${known} ms; delete.retention.ms is ${deleteRetentionMs}`,
      );
  }

  /** A tombstone that is gone leaves nothing behind of what it deleted. */
  tombstones({ logStartOffset, records }: FinalLog): void {
    const found = new Set(records.map(({ offset }) => offset));
    for (const { offset, value, key, fate } of records) {
      if (key === null || fate === 'aborted' || !this.#ofValue.has(value)) continue;
      const later = this.#ofKey
        .get(key)!
        .filter((other) => mayCount(other) && (other.offset ?? offset + 1) > offset);
      const isThere = (other: Placed) =>
        other.offset === undefined || other.offset < logStartOffset || found.has(other.offset);
      if (!later.some(surelyCounts) || later.some(isThere)) continue;
      this.#violated(
        `K4: ${this.#log.name} @${offset}: '${short(value)}' is there, and the tombstone that deleted it is not`,
      );
    }
  }

  /** K3: the markers that are left decide what is left as it was decided. */
  decided({ records, lastStableOffset }: FinalLog): void {
    for (const { offset, value, fate } of records) {
      const transaction = this.#ofValue.get(value)?.batch.transaction;
      if (transaction === undefined || offset >= lastStableOffset) continue;
      const { outcome, asked } = transaction;
      const wasAborted = outcome === 'aborted' || asked !== 'commit';
      const isAsTold = fate === 'committed' ? !wasAborted : fate === 'aborted' && outcome !== 'committed';
      if (!isAsTold)
        this.#violated(`K3: ${this.#log.name} @${offset}: '${short(value)}' of ${transaction} is ${fate}`);
    }
  }
}
