/**
 * WriteTxnMarkers: v1-v2. Ends a transaction on single partitions, whatever its coordinator thinks: `kafka-transactions
 * abort` frees readers from one that hangs. (Here none can: a batch is taken only for a transaction that is known.)
 *
 * Behaviour: all markers of a request are one frame, or as many as they need.
 * Version notes: v2 says whether the epoch was raised for the marker (KIP-1228): then it must be above the producer's.
 */
import { CONSUMER_OFFSETS } from '../../cluster/index.ts';
import {
  encodeMarker,
  errorCode,
  KafkaError,
  writeTxnMarkersApi,
  type WriteTxnMarkersRequest,
} from '../../protocol/index.ts';
import type { OwnBatch, Partition } from '../../partition/index.ts';
import type { Broker } from '../broker.ts';
import { handler } from '../handler.ts';

const EPOCH_RISES = 2;

type Needs = 'clock' | 'groups' | 'image' | 'partitions';
type Marker = WriteTxnMarkersRequest['markers'][number];
type Frame = ReturnType<Broker['partitions']['commit']>;

interface Taken {
  readonly batch: OwnBatch;
  readonly marker: Marker;
  /** Of a partition that keeps groups. */
  readonly isOffsets: boolean;
}

export const writeTxnMarkers = handler(
  writeTxnMarkersApi,
  [1, 2],
  ['clock', 'groups', 'image', 'partitions'],
  async (broker, request) => {
    const now = broker.clock.now();
    const taken: Taken[] = [];
    const markers = request.markers.map((marker) => ({
      producerId: marker.producerId,
      topics: marker.topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => {
          try {
            const partition = target(broker, marker, name, partitionIndex, now);
            const batch = { partition, bytes: bytesOf(marker, partition, now) };
            taken.push({ batch, marker, isOffsets: name === CONSUMER_OFFSETS });
            return { partitionIndex, errorCode: 0 };
          } catch (error) {
            return { partitionIndex, errorCode: errorCode(error) };
          }
        }),
      })),
    }));
    const { markersPerFrame } = broker.partitions;
    let frame: Frame | undefined;
    for (let from = 0; from < taken.length; from += markersPerFrame)
      frame = commit(broker, taken.slice(from, from + markersPerFrame), now);
    await frame?.durable;
    return { markers };
  },
);

/** In one frame. */
function commit(broker: Pick<Broker, Needs>, taken: readonly Taken[], now: number): Frame {
  const frame = broker.partitions.commit(
    taken.map(({ batch }) => batch),
    now,
  );
  for (const { batch, marker, isOffsets } of taken) {
    const { producerId, transactionResult: isCommit } = marker;
    if (isOffsets)
      broker.groups.transactionEnded(batch.partition.index, { producerId, isCommit }, frame.durable);
  }
  return frame;
}

function target(
  broker: Pick<Broker, Needs>,
  marker: Marker,
  topicName: string,
  index: number,
  now: number,
): Partition {
  if (marker.producerId < 0)
    throw new KafkaError('INVALID_REQUEST', 'a marker without its producer ends nothing');
  if (marker.producerEpoch < 0) throw new KafkaError('INVALID_PRODUCER_EPOCH', 'epochs begin at 0');
  const topic = broker.image.find(topicName);
  const partition = topic === undefined ? undefined : broker.partitions.find(topic.id, index);
  if (partition === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
  const known = partition.producers.find(marker.producerId, now);
  if (known === undefined) return partition;
  const isOpen = known.transactionFirstOffset >= 0;
  const mustRise = marker.transactionVersion >= EPOCH_RISES && isOpen;
  if (marker.producerEpoch < known.producerEpoch + (mustRise ? 1 : 0))
    throw new KafkaError('INVALID_PRODUCER_EPOCH', `the producer has epoch ${known.producerEpoch}`);
  if (marker.coordinatorEpoch < known.coordinatorEpoch)
    throw new KafkaError('TRANSACTION_COORDINATOR_FENCED', `newest is ${known.coordinatorEpoch}`);
  return partition;
}

function bytesOf(marker: Marker, { config }: Partition, timestamp: number): Buffer {
  const { producerId, producerEpoch, coordinatorEpoch, transactionResult: isCommit } = marker;
  const { timestampType } = config;
  return encodeMarker({ producerId, producerEpoch, coordinatorEpoch, isCommit, timestamp, timestampType });
}
