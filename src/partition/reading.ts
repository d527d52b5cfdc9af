/**
 * Reading: whole batches from an offset on, from the tail in memory or from the segments.
 *
 * The answer starts with the batch that holds the offset and ends below the isolation's end offset; at least one
 * batch is returned however large it is (a consumer must never be stuck behind a large batch).
 *
 * Aborted transactions: a client that reads committed is told of them (`readWithAborted`) and leaves their records out itself;
 * for everybody else `readCommitted` does it. Below the end offset of `committed_only` lies no aborted record without its
 * marker, and markers are always given: so every position reaches that end.
 *
 * What is read lies in memory that is held, once for each part (`env.buffers`): who is done with it may release it.
 */
import { type AbortedTransaction, overlapping } from '../log/index.ts';
import { forEachBatch, KafkaError, RecordBatch } from '../protocol/index.ts';
import type { Isolation, Partition } from './partition.ts';

const NOTHING: readonly Buffer[] = [];

/** Offsets outside [log start, log end] are refused; between the readable end and the log end lies nothing yet. */
export function checkOffset(partition: Partition, offset: number): void {
  if (partition.deleted) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', 'the topic was deleted');
  if (offset < partition.logStartOffset || offset > partition.logEndOffset)
    throw new KafkaError(
      'OFFSET_OUT_OF_RANGE',
      `offset ${offset} is outside ${partition.logStartOffset}-${partition.logEndOffset}`,
    );
}

/** What a client sees of this partition: the topic may decide that everybody reads committed. */
export function isolationFor(partition: Partition, asked: Isolation): Isolation {
  return partition.config.fetchIsolation === 'committed' ? 'committed_only' : asked;
}

/** Reads at once what lies in memory; a promise when the segments must be asked. `end`: nothing from there on. */
export function read(
  partition: Partition,
  offset: number,
  maxBytes: number,
  isolation: Isolation,
  end = partition.endOffset(isolation),
): readonly Buffer[] | Promise<readonly Buffer[]> {
  checkOffset(partition, offset);
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
    const bytes = withDueEpochs(partition, await partition.log.read(offset, maxBytes, end));
    return bytes.length === 0 ? NOTHING : [bytes];
  } catch (error) {
    checkOffset(partition, offset); // deleted or cut while the disk was read: say that instead
    throw error;
  }
}

/** The leader epoch is no part of a batch's CRC: the partition knows which one is due. What lies before a wrong one is served. */
function withDueEpochs({ topicId, index, epochs }: Partition, bytes: Buffer): Buffer {
  for (let position = 0; position < bytes.length; ) {
    const batch = RecordBatch.at(bytes, position);
    const due = epochs.epochAt(batch.baseOffset);
    if (due !== undefined && due !== batch.leaderEpoch) {
      if (position > 0) return bytes.subarray(0, position);
      const what = `leader epoch ${batch.leaderEpoch} where ${due} was due`;
      throw new KafkaError('CORRUPT_MESSAGE', `${topicId}-${index}, offset ${batch.baseOffset}: ${what}`);
    }
    position += batch.sizeInBytes;
  }
  return bytes;
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

const NO_ABORTED: readonly AbortedTransaction[] = [];

interface WithAborted {
  readonly records: readonly Buffer[];
  readonly aborted: readonly AbortedTransaction[];
}

/**
 * Reads, with the aborted transactions that overlap it, also those begun before; by producer id, then offset (R2). They are of
 * where the records are from, and of the same state of it: compaction takes aborted records out of segments, forgets that they
 * were, and in time lets go of their markers, while memory has all of them still. Records with what another place, or another
 * state, tells of them would make aborted ones visible (T1), or hide those after a marker that is not there any more.
 */
export function readWithAborted(
  partition: Partition,
  offset: number,
  maxBytes: number,
  isolation: Isolation,
  end = partition.endOffset(isolation),
): WithAborted | Promise<WithAborted> {
  const { replacements } = partition.log;
  const reading = read(partition, offset, maxBytes, isolation, end);
  if (!(reading instanceof Promise)) return { records: reading, aborted: abortedInTail(partition, reading) };
  return reading.then(async (records) => {
    const aborted = await abortedInSegments(partition, offset, records);
    if (partition.log.replacements === replacements) return { records, aborted };
    return readWithAborted(partition, offset, maxBytes, isolation, end);
  });
}

/** Of what the tail gave in this turn. Whoever is aborted from there on has its marker in the tail, too. */
function abortedInTail({ tail }: Partition, records: readonly Buffer[]): readonly AbortedTransaction[] {
  if (records.length === 0 || tail.aborted.length === 0) return NO_ABORTED;
  return inOrder(overlapping(tail.aborted, firstOffsetOf(records), lastOffsetOf(records) + 1).aborted);
}

async function abortedInSegments(
  partition: Partition,
  offset: number,
  records: readonly Buffer[],
): Promise<readonly AbortedTransaction[]> {
  const { log, tail } = partition;
  if (records.length === 0 || (tail.aborted.length === 0 && !log.hasAborted)) return NO_ABORTED;
  const from = firstOffsetOf(records);
  const end = lastOffsetOf(records) + 1;
  // Memory tells of markers that no segment has, and first: what is written meanwhile is in a segment then.
  const overlaps = overlapping(tail.aborted, from, end).aborted;
  const unwritten = overlaps.filter(({ lastOffset }) => lastOffset >= log.logEndOffset);
  const inSegments = await log.abortedBetween(from, end);
  checkOffset(partition, offset); // with the segments of removed offsets their markers may be gone
  const newest = inSegments.at(-1)?.lastOffset ?? -1;
  return inOrder([...inSegments, ...unwritten.filter(({ lastOffset }) => lastOffset > newest)]);
}

function inOrder(all: AbortedTransaction[]): readonly AbortedTransaction[] {
  return all.sort((a, b) => a.producerId - b.producerId || a.firstOffset - b.firstOffset);
}

function firstOffsetOf(records: readonly Buffer[]): number {
  return RecordBatch.at(records[0]!, 0).baseOffset;
}

function lastOffsetOf(records: readonly Buffer[]): number {
  let last = -1;
  forEachBatch(records.at(-1)!, (batch) => {
    last = batch.lastOffset;
  });
  return last;
}

/** Reads with `committed_only`: data of aborted transactions is left out. Reads on while there is nothing else. */
export async function readCommitted(
  partition: Partition,
  offset: number,
  maxBytes: number,
  end = partition.endOffset('committed_only'),
): Promise<readonly Buffer[]> {
  for (let position = offset; ; ) {
    const { records, aborted } = await readWithAborted(partition, position, maxBytes, 'committed_only', end);
    if (records.length === 0) return records;
    const visible =
      aborted.length === 0
        ? records
        : records.flatMap((part) => {
            const runs = withoutAborted(part, aborted);
            if (runs.length === 0) partition.tail.doneWith([part]);
            else if (runs.length > 1) partition.tail.hold(part, runs.length - 1);
            return runs;
          });
    if (visible.length > 0) return visible;
    position = lastOffsetOf(records) + 1;
  }
}

/** The runs of batches between aborted data. */
function withoutAborted(bytes: Buffer, aborted: readonly AbortedTransaction[]): Buffer[] {
  const runs: Buffer[] = [];
  let position = 0;
  let runStart = 0;
  forEachBatch(bytes, (batch) => {
    if (isAbortedData(batch, aborted)) {
      if (position > runStart) runs.push(bytes.subarray(runStart, position));
      runStart = position + batch.sizeInBytes;
    }
    position += batch.sizeInBytes;
  });
  if (position > runStart) runs.push(bytes.subarray(runStart, position));
  return runs;
}

function isAbortedData(batch: RecordBatch, aborted: readonly AbortedTransaction[]): boolean {
  if (!batch.isTransactional || batch.isControl) return false;
  const { producerId, baseOffset } = batch;
  return aborted.some(
    (transaction) =>
      transaction.producerId === producerId &&
      transaction.firstOffset <= baseOffset &&
      baseOffset < transaction.lastOffset,
  );
}
