/** Partitions of the log as the memory of coordinators. */
import { CONSUMER_OFFSETS, type ClusterImage } from '../cluster/index.ts';
import type {
  CoordinatorPartition,
  GroupCoordinator,
  Marker,
  TransactionPartition,
} from '../coordinator/index.ts';
import type { Clock } from '../env/index.ts';
import { type OwnBatch, type Partition, type Partitions, read } from '../partition/index.ts';
import { encodeMarker, forEachBatch } from '../protocol/index.ts';
import type { OpenTransaction } from '../transactions/index.ts';

const LOAD_BYTES = 1024 * 1024;
const DURABLE = Promise.resolve();

export function coordinatorPartition(partition: Partition, clock: Clock): CoordinatorPartition {
  return {
    index: partition.index,
    append: (batch) => ({ durable: partition.appendOwn(batch, clock.now()).frame?.durable ?? DURABLE }),
    readAll: async (onBatches) => {
      for (let offset = partition.logStartOffset; offset < partition.logEndOffset; ) {
        await partition.pendingFrame?.durable; // others append here too: the ends of transactions
        for (const bytes of await read(partition, offset, LOAD_BYTES, 'read_uncommitted')) {
          onBatches(bytes);
          forEachBatch(bytes, (batch) => {
            offset = batch.lastOffset + 1;
          });
        }
      }
    },
  };
}

export interface TransactionWorld {
  readonly clock: Clock;
  readonly image: ClusterImage;
  readonly partitions: Partitions;
  readonly groups: GroupCoordinator;
}

export function transactionPartition(partition: Partition, world: TransactionWorld): TransactionPartition {
  const { clock, partitions, groups } = world;
  return {
    ...coordinatorPartition(partition, clock),
    markersPerFrame: partitions.markersPerFrame,
    openTransactions: () => openTransactions(world),
    commit: (batch, markers) => {
      const now = clock.now();
      const targets = markers.flatMap((marker) => targetOf(marker, world) ?? []);
      const encoded = encoder(partition.leaderEpoch, now);
      const group: OwnBatch[] = targets.map(({ marker, target }) => ({
        partition: target,
        bytes: encoded(marker, target.config.timestampType),
      }));
      if (batch !== undefined) group.push({ partition, bytes: batch });
      if (group.length === 0) return { durable: DURABLE };
      const frame = partitions.commit(group, now);
      for (const { marker } of targets)
        if (marker.topic === CONSUMER_OFFSETS)
          groups.transactionEnded(marker.partition, marker, frame.durable);
      return {
        get durable() {
          return frame.durable;
        },
      };
    },
  };
}

function* openTransactions({ image, partitions }: TransactionWorld): Iterable<OpenTransaction> {
  for (const { id, name: topic, partitionCount } of image.topics)
    for (let partition = 0; partition < partitionCount; partition++)
      for (const { producerId, producerEpoch } of partitions.find(id, partition)?.producers.open() ?? [])
        yield { topic, partition, producerId, producerEpoch };
}

type TimestampType = Partition['config']['timestampType'];

/** The markers of one end are the same bytes: they get their offsets where they are copied to. */
function encoder(coordinatorEpoch: number, timestamp: number) {
  let last:
    | { readonly marker: Marker; readonly timestampType: TimestampType; readonly bytes: Buffer }
    | undefined;
  return (marker: Marker, timestampType: TimestampType): Buffer => {
    if (last === undefined || !isSameEnd(last.marker, marker) || last.timestampType !== timestampType)
      last = {
        marker,
        timestampType,
        bytes: encodeMarker({ ...marker, coordinatorEpoch, timestamp, timestampType }),
      };
    return last.bytes;
  };
}

function isSameEnd(one: Marker, other: Marker): boolean {
  return (
    one.producerId === other.producerId &&
    one.producerEpoch === other.producerEpoch &&
    one.isCommit === other.isCommit
  );
}

/** Undefined: the topic is gone, and what was written there with it. */
function targetOf(marker: Marker, { image, partitions }: TransactionWorld) {
  const topicId = image.find(marker.topic)?.id;
  const target = topicId === undefined ? undefined : partitions.find(topicId, marker.partition);
  return target === undefined || target.deleted ? undefined : { marker, target };
}
