/**
 * Placement: an admitted batch gets its offset and its place in a frame of the journal, and memory follows, all in one turn (P4).
 * What the journal refuses is thrown before anything changed: definite.
 */
import type {
  AppendOptions,
  BatchEntry,
  Frame,
  Held,
  Journal,
  ReferenceEntry,
  SegmentEntry,
} from '../journal/index.ts';
import type { SegmentState } from '../log/index.ts';
import { RecordBatch, readMarker, type TransactionMarker } from '../protocol/index.ts';
import type { Partition } from './partition.ts';

/** Below, a checksum is calculated again sooner than it is joined. Admission has checked it, or it is our own. */
const KNOWN_CRC_FROM = 64 * 1024;

/** A frame tells of so many segments of a partition at most: more of them were begun only where nothing was saved for long. */
const TOLD_MAX = 16;

/** Where an append landed. */
export interface Appended {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** -1 on CreateTime topics. */
  readonly logAppendTimeMs: number;
  /** What must be durable before anyone hears of it; undefined: it is already. */
  readonly frame: Frame | undefined;
}

/** A batch entry that remembers whose it is, so that a durable frame finds its partitions without a look-up. */
export interface OwnedEntry extends BatchEntry {
  readonly owner: Partition;
  /** True when it may be read and acknowledged before its sync (`gregor.flush`). */
  readonly isRelaxed?: boolean;
}

/** The same of a batch whose bytes are in its segment. */
export interface OwnedReference extends ReferenceEntry {
  readonly owner: Partition;
}

/** A batch that asks for no admission any more, and where it shall go. */
export interface OwnBatch {
  readonly partition: Partition;
  readonly bytes: Buffer;
}

export function place(
  partition: Partition,
  batch: RecordBatch,
  now: number,
  options: AppendOptions,
): Appended {
  const entry = entryFor(partition, batch, partition.logEndOffset);
  if (options.privileged !== true && (partition.config.flush ?? 'ack') !== 'ack')
    return placeRelaxed({ ...entry, isRelaxed: true }, batch, now, options);
  if (batch.sizeInBytes >= partition.directFrom && options.privileged !== true) {
    const direct = placeDirectly(entry, batch, now, options);
    if (direct !== undefined) return direct;
  }
  const known = batch.sizeInBytes >= KNOWN_CRC_FROM ? batch.known : undefined;
  const all = known === undefined ? options : { ...options, known };
  const placed = partition.journal.append(entry, batch.bytes, all);
  return landed(entry, placed.held, placed.frame, now);
}

function placeRelaxed(entry: OwnedEntry, batch: RecordBatch, now: number, options: AppendOptions): Appended {
  const placed = entry.owner.journal.append(entry, batch.bytes, { ...options, relaxed: true });
  return landed(entry, placed.held, placed.frame.whenWritten, now);
}

/**
 * Straight into its segment, with everything of its partition that waits for one. Undefined: not now, nothing changed: it is not
 * certain where it would lie, or the journal has no room to take it back.
 */
function placeDirectly(
  { kind: _kind, ...entry }: OwnedEntry,
  batch: RecordBatch,
  now: number,
  options: AppendOptions,
): Appended | undefined {
  const { owner } = entry;
  const { log, tail, topicId, index: partition } = owner;
  if (options.before !== undefined) return undefined;
  const plan = log.plan([...tail.unhanded, { ...entry, bytes: batch.bytes }], now);
  const segment = plan?.runs.at(-1)?.state;
  if (plan === undefined || segment === undefined || plan.told.length > TOLD_MAX) return undefined;
  const reference: OwnedReference = {
    ...entry,
    kind: 'reference',
    segmentBaseOffset: segment.baseOffset,
    segmentPosition: segment.bytes - batch.sizeInBytes,
    segmentLength: batch.sizeInBytes,
    batchCrc: batch.crc,
  };
  const told = plan.told.map((state) => segmentEntry({ topicId, partition }, state));
  const placed = owner.journal.lodge(reference, told, batch.bytes, options.given ?? false);
  if (placed === undefined) return undefined;
  const appended = landed(reference, placed.held, placed.frame, now);
  owner.writeDirectly(plan, tail.hand(placed.frame.sequence), placed.frame);
  return appended;
}

function segmentEntry(
  of: Pick<SegmentEntry, 'topicId' | 'partition'>,
  { sparse: _sparse, generation: _generation, indexed: _indexed, createdAt, aborted, ...state }: SegmentState,
): SegmentEntry {
  const abortedCrc = state.abortedCrc ?? -1;
  return { ...of, ...state, kind: 'segment', createdAt: createdAt ?? -1, aborted: aborted ?? 0, abortedCrc };
}

function landed(entry: OwnedEntry | OwnedReference, held: Held, frame: Frame, now: number): Appended {
  const { owner, baseOffset, lastOffset, maxTimestamp } = entry;
  owner.take(entry, held, frame, now);
  return { baseOffset, lastOffset, logAppendTimeMs: owner.appendTime(maxTimestamp), frame };
}

/**
 * Batches of any partitions, several of one among them, in one frame: all become durable and readable in one turn, or none ever does.
 */
export function placeTogether(
  journal: Journal,
  group: readonly OwnBatch[],
  now: number,
  options: AppendOptions = {},
): Frame {
  const ends = new Map<Partition, number>();
  let batch: RecordBatch | undefined;
  let marker: TransactionMarker | undefined;
  const entries = group.map(({ partition, bytes }) => {
    const end = ends.get(partition) ?? partition.logEndOffset;
    if (batch?.bytes !== bytes) {
      batch = RecordBatch.at(bytes, 0);
      marker = markerOf(batch);
    } // else one more marker of the same end
    const entry = entryFor(partition, batch, end, marker);
    ends.set(partition, entry.lastOffset + 1);
    return { entry, bytes };
  });
  const placed = journal.commit(entries, options);
  for (const [n, { entry }] of entries.entries()) entry.owner.take(entry, placed.held[n]!, placed.frame, now);
  return placed.frame;
}

/** What is left of a batch and its dead letters: one frame where one can hold them, else the letters come first. */
export function placeParted(
  partition: Partition,
  rest: RecordBatch,
  letters: OwnBatch,
  now: number,
): Appended {
  const { journal } = partition;
  if (!journal.fitsOneFrame(rest.sizeInBytes + letters.bytes.length, 2)) {
    const { partition: owner, bytes } = letters;
    const entry = entryFor(owner, RecordBatch.at(bytes, 0), owner.logEndOffset);
    const placed = journal.append(entry, bytes, { given: true });
    landed(entry, placed.held, placed.frame, now);
    return place(partition, rest, now, { given: true });
  }
  const { logEndOffset: baseOffset } = partition;
  const frame = placeTogether(journal, [{ partition, bytes: rest.bytes }, letters], now);
  const lastOffset = baseOffset + rest.lastOffsetDelta;
  return { baseOffset, lastOffset, logAppendTimeMs: partition.appendTime(rest.maxTimestamp), frame };
}

function markerOf(batch: RecordBatch): TransactionMarker | undefined {
  return batch.isControl ? readMarker(batch) : undefined;
}

/** What the journal is told of a batch that gets `baseOffset`. Throws when the topic was deleted. */
function entryFor(
  partition: Partition,
  batch: RecordBatch,
  baseOffset: number,
  marker = markerOf(batch),
): OwnedEntry {
  partition.mustExist();
  return {
    kind: 'batch',
    owner: partition,
    topicId: partition.topicId,
    partition: partition.index,
    leaderEpoch: partition.leaderEpoch,
    attributes: batch.attributes,
    baseOffset,
    lastOffset: baseOffset + batch.lastOffsetDelta,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    maxTimestamp: batch.maxTimestamp,
    markerType: marker?.markerType ?? -1,
    coordinatorEpoch: marker?.coordinatorEpoch ?? -1,
  };
}
