/**
 * Compaction: looks for logs that are due to be cleaned, the dirtiest first, and cleans them one after the other.
 *
 * Damage ends the cleaning of that partition for this life (it goes on being written and read); a full disk puts it off, and so
 * does retention that was faster.
 * Any other error of the disk is as final here as anywhere.
 */
import type { EventSink } from '../base/index.ts';
import { type Clock, type Disk, isDiskFull } from '../env/index.ts';
import {
  type AbortedTransaction,
  type Cleanable,
  clean,
  cleanable,
  type CleaningRules,
} from '../log/index.ts';
import { KafkaError, type RecordBatch } from '../protocol/index.ts';
import type { Partition } from './partition.ts';

/** Partitions that are looked at before others run. */
const SLICE = 100;

export interface CompactionParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly events: EventSink;
  /** `log.cleaner.dedupe.buffer.size` */
  readonly mapBytes: number;
  readonly all: () => Iterable<Partition>;
  /** Its segments changed: the next checkpoint shall name them. */
  readonly changed: (partition: Partition) => void;
}

interface Due {
  readonly partition: Partition;
  readonly range: Cleanable;
}

export class Compaction {
  readonly #parts: CompactionParts;
  /** Partitions with damage. */
  readonly #uncleanable = new WeakSet<Partition>();

  constructor(parts: CompactionParts) {
    this.#parts = parts;
  }

  /** Cleans what is due now. Answers how many passes were completed. */
  async run(signal: AbortSignal): Promise<number> {
    let passes = 0;
    for (const { partition } of await this.#due(signal)) {
      // Several passes when the keys do not fit into the map at once.
      for (let range = this.#rangeOf(partition); range?.isDue === true; range = this.#rangeOf(partition)) {
        if (signal.aborted || !(await this.#clean(partition, range, signal))) break;
        passes++;
      }
    }
    return passes;
  }

  async #due(signal: AbortSignal): Promise<Due[]> {
    const due: Due[] = [];
    let looked = 0;
    for (const partition of [...this.#parts.all()]) {
      const range = this.#rangeOf(partition);
      if (range?.isDue === true) due.push({ partition, range });
      if (++looked % SLICE === 0) await this.#parts.clock.turn();
      if (signal.aborted) return [];
    }
    return due.sort((a, b) => b.range.ratio - a.range.ratio);
  }

  #rangeOf(partition: Partition): Cleanable | undefined {
    const { compaction } = partition.config;
    if (compaction === undefined || partition.deleted || this.#uncleanable.has(partition)) return undefined;
    const { logStartOffset, lastStableOffset: stableOffset, log } = partition;
    const offsets = { logStartOffset, stableOffset, cleanedTo: log.cleanedTo };
    return cleanable(log.segments(), offsets, compaction, this.#parts.clock.now());
  }

  /** True when a pass was completed. */
  async #clean(partition: Partition, range: Cleanable, signal: AbortSignal): Promise<boolean> {
    const { disk, clock, mapBytes, events, changed } = this.#parts;
    const { log, topicId, index, config } = partition;
    const began = clock.monotonic();
    try {
      const rules = await rulesOf(partition, range, config.compaction!.deleteRetentionMs, clock);
      const parts = { disk, clock, log, segmentBytes: config.segmentBytes, mapBytes, rules, signal };
      const cleaned = await clean(parts, range);
      changed(partition);
      if (cleaned === undefined) return false;
      const milliseconds = Math.round(clock.monotonic() - began);
      events('debug', 'A log was compacted.', { topicId, partition: index, ...cleaned, milliseconds });
      return true;
    } catch (error) {
      changed(partition);
      if (partition.deleted) return false;
      this.#explain(partition, error);
      return false;
    }
  }

  /** Throws what is final. */
  #explain(partition: Partition, error: unknown): void {
    const where = { topicId: partition.topicId, partition: partition.index, error: String(error) };
    if (error instanceof KafkaError && error.errorName === 'OFFSET_OUT_OF_RANGE') return; // retention was faster
    if (error instanceof KafkaError && error.errorName === 'CORRUPT_MESSAGE') {
      this.#uncleanable.add(partition);
      this.#parts.events(
        'error',
        'A log with damage is not compacted any more. Restore it from a backup.',
        where,
      );
      return;
    }
    if (error instanceof KafkaError && error.errorName === 'MESSAGE_TOO_LARGE') {
      this.#uncleanable.add(partition);
      this.#parts.events(
        'error',
        'A log with a batch that is too large to be opened is not compacted any more. Delete its records up to that one.',
        where,
      );
      return;
    }
    if (!isDiskFull(error)) throw error;
    this.#parts.events('warn', 'Compaction found no room on the disk; it tries again later.', where);
  }
}

async function rulesOf(
  partition: Partition,
  { upTo }: Cleanable,
  deleteRetentionMs: number,
  clock: Clock,
): Promise<Omit<CleaningRules, 'mappedTo' | 'now'>> {
  const { log, tail, producers, logStartOffset } = partition;
  const inTail = [...tail.aborted]; // before the segments are asked: what leaves the tail meanwhile is in both
  const aborted = new Map<number, AbortedTransaction[]>();
  for (const one of [...(await log.abortedBetween(logStartOffset, upTo)), ...inTail]) {
    const known = aborted.get(one.producerId);
    if (known === undefined) aborted.set(one.producerId, [one]);
    else known.push(one);
  }
  return {
    deleteRetentionMs,
    isAborted: (batch) =>
      batch.isTransactional &&
      !batch.isControl &&
      aborted
        .get(batch.producerId)
        ?.some(
          ({ firstOffset, lastOffset }) => batch.baseOffset >= firstOffset && batch.baseOffset <= lastOffset,
        ) === true,
    isLastOfProducer: (batch: RecordBatch) => {
      const producer = producers.find(batch.producerId, clock.now());
      const newest = producer?.batches.at(-1);
      if (newest !== undefined) return newest.lastOffset === batch.lastOffset;
      return producer !== undefined && batch.isControl && producer.producerEpoch === batch.producerEpoch;
    },
  };
}
