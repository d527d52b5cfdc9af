/** Outputs: what a task wrote becomes batches, one per partition where that is allowed, in the order of the outputs. */
import type { Partition } from '../../partition/index.ts';
import { encodeBatch, type NewBatch } from '../../protocol/index.ts';
import type { Transaction } from '../log-client.ts';
import { type LocalLog, partitionOf } from './local-log.ts';

type Output = Transaction['outputs'][number];
type Records = NewBatch['records'][number][];

export interface OutputBatch {
  readonly topic: string;
  readonly partition: Partition;
  readonly records: Records;
}

/** A batch of several records is no larger; the topic may want smaller ones. */
const BATCH_BYTES = 512 * 1024;
const BATCH_HEADER_BYTES = 61;
/** Of a record besides its contents: lengths, deltas and attributes at their largest; of a header: two lengths. */
const RECORD_OVERHEAD_BYTES = 40;
const HEADER_OVERHEAD_BYTES = 10;
/** In UTF-8. */
const BYTES_PER_CHARACTER = 3;

/** Throws UNKNOWN_TOPIC_OR_PARTITION. */
export function outputBatches(log: LocalLog, outputs: readonly Output[]): OutputBatch[] {
  const batches: OutputBatch[] = [];
  const open = new Map<string, { batch: OutputBatch; bytes: number; limit: number }>();
  for (const output of outputs) {
    const { topic, partition: index } = output;
    const size = sizeOf(output);
    const place = `${index} ${topic}`;
    let filling = open.get(place);
    if (filling === undefined || filling.bytes + size > filling.limit) {
      const { partition } = partitionOf(log, topic, index);
      const batch = { topic, partition, records: [] };
      const { maxMessageBytes, segmentBytes } = partition.config;
      const limit = Math.min(BATCH_BYTES, maxMessageBytes, segmentBytes);
      filling = { batch, bytes: BATCH_HEADER_BYTES, limit };
      open.set(place, filling);
      batches.push(batch);
    }
    filling.bytes += size;
    filling.batch.records.push({
      key: output.key,
      value: output.value,
      timestamp: output.timestampMs,
      headers: output.headers.map(({ key, value }) => [key, value]),
    });
  }
  return batches;
}

/** As the topic compresses: then admission has nothing to change. */
export function encoded({ partition, records }: OutputBatch, producer: Partial<NewBatch> = {}): Buffer {
  const { compression } = partition.config;
  return encodeBatch({
    records,
    compression: compression === 'producer' ? 'none' : compression,
    ...producer,
  });
}

function sizeOf({ key, value, headers }: Output): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers)
    bytes += HEADER_OVERHEAD_BYTES + header.key.length * BYTES_PER_CHARACTER + (header.value?.length ?? 0);
  return bytes;
}
