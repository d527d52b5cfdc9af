/** PartitionConfig: what a partition needs to know of its topic's settings, as plain values. */
import type { CompactionLimits, RetentionLimits } from '../log/index.ts';
import type { CompressionName } from '../protocol/index.ts';
import type { BatchCheck } from './batch-check.ts';
import type { DedupeRule } from './dedupe.ts';

export interface PartitionConfig {
  readonly maxMessageBytes: number;
  /** `producer` keeps what came; anything else re-encodes batches that came otherwise. */
  readonly compression: CompressionName | 'producer';
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  /** True when the topic is compacted: every record needs a key. */
  readonly compacted: boolean;
  readonly segmentBytes: number;
  readonly segmentMs: number;
  /** `segment.jitter.ms`; 0 when absent. */
  readonly segmentJitterMs?: number;
  readonly indexIntervalBytes: number;
  readonly producerExpirationMs: number;
  /** `gregor.flush`; `ack` when absent. `os` and `interval` acknowledge what is written, before its sync. */
  readonly flush?: 'ack' | 'os' | 'interval';
  /** `gregor.fetch.isolation`: `committed` shows every client committed records only. */
  readonly fetchIsolation: 'client' | 'committed';
  /** What may go by age and size (`cleanup.policy=delete`); absent: nothing. */
  readonly retention?: RetentionLimits | undefined;
  /** How the log is cleaned (`cleanup.policy=compact`); absent: not at all. */
  readonly compaction?: CompactionLimits | undefined;
  /** `gregor.dedupe.*`: what makes a record one that is there already; absent: nothing. */
  readonly dedupe?: DedupeRule | undefined;
  /** `file.delete.delay.ms`: how long the files of removed segments stay; 0 when absent. */
  readonly fileDeleteDelayMs?: number;
  /** What every record must pass before it enters (`gregor.schema`, `gregor.canonical`); absent: nothing, and nothing waits. */
  readonly check?: BatchCheck | undefined;
}

const MEBIBYTE = 1024 * 1024;
/** A batch that is opened (re-encoding, key checks) may grow to so many times its bytes, but to these in any case; a bomb is refused. */
const OPENED_GROWTH_MAX = 64;
const OPENED_BYTES_MIN = 16 * MEBIBYTE;
/** Also of a batch that is in the log already. */
export const OPENED_BYTES_MAX = 256 * MEBIBYTE;

/** Most bytes that a batch of this size may take when it is opened. */
export function openedBytesMax(batchBytes: number): number {
  return Math.min(OPENED_BYTES_MAX, Math.max(OPENED_BYTES_MIN, batchBytes * OPENED_GROWTH_MAX));
}
