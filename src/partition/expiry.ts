/**
 * Expiry: looks through all partitions for data that may go by age or size, and raises their log starts.
 *
 *   segments and tail -> retained (Kafka's rule) -> log start entry, durable -> next checkpoint -> disposal
 *
 * Age is counted from a segment's largest timestamp, as in Kafka: a record from the future keeps its segment, and those
 * behind it, until the clock has passed it by `retention.ms`. `message.timestamp.after.max.ms` (one hour) bounds how far
 * that can be, and it is told once. The newest segment goes too when all of it expired; a new one begins with the next batch.
 */
import type { EventSink } from '../base/index.ts';
import type { Clock } from '../env/index.ts';
import { retained, type SegmentState } from '../log/index.ts';
import { KafkaError } from '../protocol/index.ts';
import type { Partition } from './partition.ts';

/** Partitions that are looked at, and log starts that wait for their frame, at a time. */
const SLICE = 100;

export interface ExpiryParts {
  readonly clock: Clock;
  readonly events: EventSink;
  readonly all: () => Iterable<Partition>;
  /** Raises the log start durably. */
  readonly deleteRecords: (partition: Partition, offset: number) => Promise<unknown>;
}

export class Expiry {
  readonly #parts: ExpiryParts;
  /** Told of already. */
  readonly #fromTheFuture = new WeakSet<Partition>();

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
  }

  /** One look at every partition. Resolves when all log starts that moved are durable. */
  async run(signal: AbortSignal): Promise<void> {
    let raised: Promise<unknown>[] = [];
    let looked = 0;
    for (const partition of [...this.#parts.all()]) {
      if (partition.deleted) continue;
      const offset = this.#expiredUpTo(partition);
      if (offset > partition.logStartOffset) raised.push(this.#raise(partition, offset));
      if (++looked % SLICE > 0) continue;
      await Promise.all(raised);
      raised = [];
      await this.#parts.clock.turn();
      if (signal.aborted) return;
    }
    await Promise.all(raised);
  }

  /** A journal that takes nothing now puts it off. */
  async #raise(partition: Partition, offset: number): Promise<void> {
    try {
      await this.#parts.deleteRecords(partition, offset);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      this.#parts.events('warn', 'Expired records could not be removed; the next look tries again.', {
        topicId: partition.topicId,
        partition: partition.index,
        error: error.message,
      });
    }
  }

  /** The offset below which everything may go. */
  #expiredUpTo(partition: Partition): number {
    const { retention } = partition.config;
    if (retention === undefined) return partition.logStartOffset;
    const now = this.#parts.clock.now();
    const segments = segmentsOf(partition, now);
    this.#tellOfTheFuture(partition, segments, now);
    const offset = retained(segments, partition.logStartOffset, retention, now);
    return Math.min(offset, partition.highWatermark);
  }

  #tellOfTheFuture(partition: Partition, segments: readonly SegmentState[], now: number): void {
    if (partition.config.retention!.retentionMs < 0 || this.#fromTheFuture.has(partition)) return;
    const latest = segments.reduce((most, { maxTimestamp }) => Math.max(most, maxTimestamp), -1);
    if (latest <= now + partition.config.timestampAfterMaxMs) return;
    this.#fromTheFuture.add(partition);
    this.#parts.events(
      'warn',
      'Records with timestamps in the future stay until retention.ms after that time.',
      {
        topicId: partition.topicId,
        partition: partition.index,
        timestamp: latest,
      },
    );
  }
}

/** The log's segments as they would be if what memory holds were written now. */
function segmentsOf(partition: Partition, now: number): SegmentState[] {
  const segments = partition.log.segments();
  const tail = partition.tail.unwritten;
  const first = tail[0];
  if (first === undefined) return segments;
  const active = partition.log.isRollDue(now) ? undefined : segments.pop();
  let { bytes, maxTimestamp, maxTimestampOffset } = active ?? {
    bytes: 0,
    maxTimestamp: -1,
    maxTimestampOffset: first.baseOffset,
  };
  for (const batch of tail) {
    bytes += batch.length;
    if (batch.maxTimestamp <= maxTimestamp) continue;
    maxTimestamp = batch.maxTimestamp;
    maxTimestampOffset = batch.lastOffset;
  }
  const { baseOffset, createdAt } = active ?? { baseOffset: first.baseOffset, createdAt: now };
  const { lastOffset } = tail.at(-1)!;
  return [...segments, { baseOffset, bytes, lastOffset, maxTimestamp, maxTimestampOffset, createdAt }];
}
