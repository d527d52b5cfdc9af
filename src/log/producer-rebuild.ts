/**
 * ProducerRebuild: what the segments tell of producers, when their snapshot is damaged. As Kafka does it at a start without
 * a snapshot: every batch is looked at, in order. What retention removed is forgotten.
 */
import { decodeRecords, RecordBatch } from '../protocol/index.ts';
import { walk } from './batch-walk.ts';
import { ProducerState } from './producer-state.ts';
import type { Segment } from './segment.ts';
import type { BatchHeader } from './segment-format.ts';

const NO_PRODUCER = -1;
const CONTROL_BYTES_MAX = 1024 * 1024;
/** Of a control record: the key is version int16 and type int16, the value version int16 and coordinator epoch int32. */
const TYPE_AT = 2;
const COORDINATOR_EPOCH_AT = 2;

/** The snapshot that the segments would give; undefined when there are no producers. */
export async function rebuildProducers(
  segments: readonly Segment[],
  now: number,
): Promise<Buffer | undefined> {
  const producers = new ProducerState({ expirationMs: Number.POSITIVE_INFINITY });
  for (const segment of segments) await replaySegment(segment, producers, now);
  return producers.encodeSnapshot();
}

function replaySegment(segment: Segment, producers: ProducerState, now: number): Promise<void> {
  return segment.withFile(async (file) => {
    for await (const met of walk(file, segment.state, 0, segment.state.baseOffset)) {
      if (met.kind === 'damage') segment.corrupt(met.from, met.to, 'no batch can be found here');
      else replayBatch(met.batch, await file.read(met.batch.position, met.batch.bytes), producers, now);
    }
  });
}

function replayBatch(header: BatchHeader, bytes: Buffer, producers: ProducerState, now: number): void {
  const batch = RecordBatch.at(bytes, 0);
  const { producerId, producerEpoch, baseSequence, attributes } = batch;
  if (producerId === NO_PRODUCER || !batch.isCrcRight()) return;
  const { baseOffset, lastOffset, maxTimestamp } = header;
  const marker = batch.isControl ? markerOf(batch) : { markerType: -1, coordinatorEpoch: -1 };
  if (marker === undefined) return;
  const data = { producerId, producerEpoch, baseSequence, attributes, baseOffset, lastOffset, maxTimestamp };
  producers.replay({ ...data, ...marker }, now);
}

function markerOf(batch: RecordBatch): { markerType: number; coordinatorEpoch: number } | undefined {
  for (const { key, value } of decodeRecords(batch, CONTROL_BYTES_MAX)) {
    if (key === null || value === null) return undefined;
    return {
      markerType: key.readInt16BE(TYPE_AT),
      coordinatorEpoch: value.readInt32BE(COORDINATOR_EPOCH_AT),
    };
  }
  return undefined;
}
