/**
 * ProducerRebuild: what the segments tell of producers and their transactions, when a snapshot or an index of aborted
 * transactions is damaged. As Kafka does it at a start without a snapshot: every batch is looked at, in order. What
 * retention removed is forgotten.
 */
import { silent } from '../base/index.ts';
import type { Disk } from '../env/index.ts';
import { readMarker, RecordBatch } from '../protocol/index.ts';
import { walk } from './batch-walk.ts';
import { FileCache } from './file-cache.ts';
import type { LogState, SegmentState } from './log-state.ts';
import { type CompletedTransaction, ProducerState } from './producer-state.ts';
import { Segment } from './segment.ts';
import { type BatchHeader, partitionDirectory } from './segment-format.ts';
import type { AbortedTransaction } from './transaction-index.ts';

const NO_PRODUCER = -1;
/** Nothing is written. */
const NO_OPTIONS = { segmentBytes: 0, segmentMs: 0, segmentJitterMs: 0, indexIntervalBytes: 0 };

/** The snapshot that the segments would give; undefined when there are no producers. */
export async function rebuildProducers(
  segments: readonly Segment[],
  now: number,
): Promise<Buffer | undefined> {
  const producers = new ProducerState({ expirationMs: Number.POSITIVE_INFINITY });
  for (const segment of segments) await replaySegment(segment, producers, now);
  return producers.encodeSnapshot();
}

/** The transactions that markers in the last one of `segments` aborted. */
export async function rebuildAborted(segments: readonly Segment[]): Promise<AbortedTransaction[]> {
  const producers = new ProducerState({ expirationMs: Number.POSITIVE_INFINITY });
  let aborted: AbortedTransaction[] = [];
  for (const segment of segments) {
    aborted = [];
    await replaySegment(segment, producers, 0, (completed) => {
      const { isAborted, ...transaction } = completed;
      if (isAborted) aborted.push(transaction);
    });
  }
  return aborted;
}

/** The same in a folder that no broker has. Damage in the segments is passed over; their files must be there. */
export async function rebuildAbortedOf(
  disk: Disk,
  log: Pick<LogState, 'topicId' | 'partition'>,
  segments: readonly SegmentState[],
): Promise<AbortedTransaction[]> {
  const files = new FileCache(disk);
  const home = { directory: partitionDirectory(log.topicId, log.partition), files, events: silent };
  try {
    return await rebuildAborted(
      segments.map((state) => new Segment({ ...home, options: NO_OPTIONS }, state, true)),
    );
  } finally {
    await files.close();
  }
}

function replaySegment(
  segment: Segment,
  producers: ProducerState,
  now: number,
  onCompleted: (transaction: CompletedTransaction) => void = () => {},
): Promise<void> {
  return segment.withFile(async (file) => {
    for await (const met of walk(file, segment.state, 0, segment.state.baseOffset)) {
      if (met.kind === 'damage') segment.corrupt(met.from, met.to, 'no batch can be found here');
      else {
        const bytes = await file.read(met.batch.position, met.batch.bytes);
        const completed = replayBatch(met.batch, bytes, producers, now);
        if (completed !== undefined) onCompleted(completed);
      }
    }
  });
}

function replayBatch(
  header: BatchHeader,
  bytes: Buffer,
  producers: ProducerState,
  now: number,
): CompletedTransaction | undefined {
  const batch = RecordBatch.at(bytes, 0);
  const { producerId, producerEpoch, baseSequence, attributes } = batch;
  if (producerId === NO_PRODUCER || !batch.isCrcRight()) return undefined;
  const { baseOffset, lastOffset, maxTimestamp } = header;
  const marker = batch.isControl ? readMarker(batch) : { markerType: -1, coordinatorEpoch: -1 };
  if (marker === undefined) return undefined;
  const data = { producerId, producerEpoch, baseSequence, attributes, baseOffset, lastOffset, maxTimestamp };
  return producers.replay({ ...data, ...marker }, now);
}
