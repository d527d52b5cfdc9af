/**
 * BatchCleaner: what is left of each batch of a log that is cleaned. Pure; batches must be given in offset order.
 *
 *   value of a key that has a newer record               goes
 *   newest record of its key, record without a key       stays, byte for byte (K1, K2)
 *   tombstone                                            stays until delete.retention.ms after the first cleaning (K4)
 *   records of an aborted transaction                    go
 *   marker                                               stays while data of its transaction was met, then as a tombstone (K3)
 *   last batch of a producer                             stays without records, so that its sequence is known
 *
 * The time when a tombstone or marker may go, its delete horizon, is written into its batch by the first cleaning that
 * would be allowed to remove it.
 */
import {
  deleteHorizonOf,
  emptyBatch,
  type RecordBatch,
  retainRecords,
  sliceRecords,
} from '../protocol/index.ts';
import type { OffsetMap } from './offset-map.ts';

/** Most bytes that one batch may grow to when it is opened. */
export const OPENED_BYTES_MAX = 256 * 1024 * 1024;

export interface CleaningRules {
  /** Exclusive: records at or above it are not in the map and stay. */
  readonly mappedTo: number;
  readonly now: number;
  readonly deleteRetentionMs: number;
  readonly isAborted: (batch: RecordBatch) => boolean;
  readonly isLastOfProducer: (batch: RecordBatch) => boolean;
}

export class BatchCleaner {
  readonly #map: OffsetMap;
  readonly #rules: CleaningRules;
  /** Producers with data whose marker was not met yet. */
  readonly #withData = new Set<number>();

  constructor(map: OffsetMap, rules: CleaningRules) {
    this.#map = map;
    this.#rules = rules;
  }

  /** The batch itself, another one in its place, or undefined when nothing is left of it. */
  clean(batch: RecordBatch): Buffer | undefined {
    if (batch.isControl) return this.#marker(batch);
    if (batch.isTransactional) this.#withData.add(batch.producerId);
    if (this.#rules.isAborted(batch)) return this.#withoutRecords(batch);
    const records = sliceRecords(batch, OPENED_BYTES_MAX);
    const horizon = deleteHorizonOf(batch);
    const mayDelete = horizon !== undefined && horizon <= this.#rules.now;
    const kept = records.filter(
      (record) =>
        record.offset >= this.#rules.mappedTo ||
        record.key === null ||
        (record.offset >= this.#map.get(record.key) && !(record.isTombstone && mayDelete)),
    );
    if (kept.length === 0) return this.#withoutRecords(batch);
    const needsHorizon =
      horizon === undefined && kept.some(({ isTombstone, key }) => isTombstone && key !== null);
    if (kept.length === records.length && !needsHorizon) return batch.bytes;
    return retainRecords(batch, kept, needsHorizon ? this.#newHorizon : undefined);
  }

  #marker(batch: RecordBatch): Buffer | undefined {
    if (this.#withData.delete(batch.producerId)) return batch.bytes;
    const horizon = deleteHorizonOf(batch);
    if (horizon !== undefined) return horizon > this.#rules.now ? batch.bytes : this.#withoutRecords(batch);
    const records = sliceRecords(batch, OPENED_BYTES_MAX);
    return records.length === 0
      ? this.#withoutRecords(batch)
      : retainRecords(batch, records, this.#newHorizon);
  }

  get #newHorizon(): number {
    return Math.min(this.#rules.now + this.#rules.deleteRetentionMs, Number.MAX_SAFE_INTEGER);
  }

  #withoutRecords(batch: RecordBatch): Buffer | undefined {
    if (batch.producerId < 0 || !this.#rules.isLastOfProducer(batch)) return undefined;
    return batch.recordCount === 0 ? batch.bytes : emptyBatch(batch);
  }
}
