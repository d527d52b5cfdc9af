/**
 * Reading: whole batches from an offset on, from the tail in memory or from the segments.
 *
 * The answer starts with the batch that holds the offset and ends below the isolation's end offset; at least one
 * batch is returned however large it is (a consumer must never be stuck behind a large batch).
 */
import { KafkaError } from '../protocol/index.ts';
import type { Isolation, Partition } from './partition.ts';

const NOTHING: readonly Buffer[] = [];

/** Offsets outside [log start, log end] are refused; between the readable end and the log end lies nothing yet. */
export function checkOffset(partition: Partition, offset: number): void {
  if (partition.deleted) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', 'the topic was deleted');
  if (offset < partition.logStartOffset || offset > partition.logEndOffset)
    throw new KafkaError(
      'OFFSET_OUT_OF_RANGE',
      `offset ${offset} is outside ${partition.logStartOffset}–${partition.logEndOffset}`,
    );
}

/** Reads at once what lies in memory; a promise when the segments must be asked. */
export function read(
  partition: Partition,
  offset: number,
  maxBytes: number,
  isolation: Isolation,
): readonly Buffer[] | Promise<readonly Buffer[]> {
  checkOffset(partition, offset);
  const end = partition.endOffset(isolation);
  if (offset >= end) return NOTHING;
  const first = partition.tail.firstOffset;
  if (first !== undefined && offset >= first) return partition.tail.slice(offset, end, maxBytes);
  return readSegments(partition, offset, maxBytes, end);
}

async function readSegments(
  partition: Partition,
  offset: number,
  maxBytes: number,
  end: number,
): Promise<readonly Buffer[]> {
  try {
    const bytes = await partition.log.read(offset, maxBytes, end);
    return bytes.length === 0 ? NOTHING : [bytes];
  } catch (error) {
    checkOffset(partition, offset); // deleted or cut while the disk was read: say that instead
    throw error;
  }
}

/** Bytes readable from `offset` on, counted up to `enough`; what lies in segments counts as enough. */
export function readableBytes(
  partition: Partition,
  offset: number,
  isolation: Isolation,
  enough: number,
): number {
  const end = partition.endOffset(isolation);
  if (offset >= end) return 0;
  const first = partition.tail.firstOffset;
  if (first === undefined || offset < first) return enough;
  return partition.tail.bytesBetween(offset, end, enough);
}
