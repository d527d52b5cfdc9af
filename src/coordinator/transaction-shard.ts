/**
 * Transaction shard: a shard whose mind keeps transactions, and whose records are those of `__transaction_state`.
 *
 * The end of a transaction goes into one frame with its markers: then the coordinator's memory, the partitions and the
 * groups' offsets cannot disagree, whenever the broker stops. What one frame cannot hold is prepared first, then marked in
 * several frames, then completed, as in Kafka. All of it gets its place in one turn, and is durable frame by frame: until it is,
 * readers may see one partition before another (T5).
 */
import {
  Decision,
  type Ending,
  TransactionMind,
  type TransactionRecord,
  type TransactionSettings,
} from '../transactions/index.ts';
import type { Marker, TransactionPartition } from './partition.ts';
import type { Shard, ShardKind } from './shard.ts';
import { decodeTransactionRecords, encodeTransactionRecords } from './transaction-log.ts';

export type TransactionShard = Shard<TransactionMind, TransactionRecord, Decision, TransactionPartition>;

export function transactionShardKind(
  settings: TransactionSettings,
): ShardKind<TransactionMind, TransactionRecord, Decision, TransactionPartition> {
  return {
    name: 'transactions',
    createMind: () => new TransactionMind(settings),
    createDecision: (now) => new Decision(now),
    decode: decodeTransactionRecords,
    complete: (mind, partition) => {
      if (mind.mayBeAhead) mind.complete(partition.openTransactions());
    },
    place: (partition, records, wallMs, replay) => {
      let durable: Promise<void> | undefined;
      for (const record of records) durable = place(partition, record, wallMs, replay);
      return durable!;
    },
  };
}

function place(
  partition: TransactionPartition,
  record: TransactionRecord,
  wallMs: number,
  replay: (record: TransactionRecord) => void,
): Promise<void> {
  const markers = record.ending === undefined ? [] : markersOf(record.ending);
  const isOneFrame = markers.length <= partition.markersPerFrame;
  if (!isOneFrame) placeInSteps(partition, record, markers, wallMs, replay);
  const { durable } = partition.commit(encodeTransactionRecords([record], wallMs), isOneFrame ? markers : []);
  replay(record);
  return durable;
}

/** Everything but the record itself. */
function placeInSteps(
  partition: TransactionPartition,
  { type, key, lastProducerEpoch, ending }: TransactionRecord,
  markers: readonly Marker[],
  wallMs: number,
  replay: (record: TransactionRecord) => void,
): void {
  const value = ending?.prepare?.();
  if (value !== undefined) {
    const prepared = { type, key, value, lastProducerEpoch };
    partition.commit(encodeTransactionRecords([prepared], wallMs), []);
    replay(prepared);
  }
  for (let from = 0; from < markers.length; from += partition.markersPerFrame)
    partition.commit(undefined, markers.slice(from, from + partition.markersPerFrame));
}

function markersOf({ producerId, producerEpoch, isCommit, partitions }: Ending): Marker[] {
  const markers: Marker[] = [];
  for (const [topic, indexes] of partitions)
    for (const partition of indexes) markers.push({ topic, partition, producerId, producerEpoch, isCommit });
  return markers;
}
