/**
 * An ordinary transaction, made inside the broker: for what one frame cannot hold, and for topics that look at records first
 * (`gregor.schema`, `gregor.canonical`, `gregor.dedupe.by`). The same doors as for any producer, so the same rules.
 */
import { CONSUMER_OFFSETS } from '../../cluster/index.ts';
import type { Appended, Partition } from '../../partition/index.ts';
import { deadLetters } from '../../broker/index.ts';
import type { ReaderPosition } from '../../coordinator/index.ts';
import { errorNameOf, KafkaError } from '../../protocol/index.ts';
import { refusedOutput } from '../refused-output.ts';
import type { LocalLog } from './local-log.ts';
import { encoded, type OutputBatch } from './outputs.ts';

export interface Producer {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export interface WholeTransaction {
  readonly transactionalId: string;
  readonly producer: Producer;
  readonly group: string;
  readonly batches: readonly OutputBatch[];
  readonly positions: readonly ReaderPosition[];
}

/** The version of EndTxn with which the epoch rises at every end, so that nothing late gets into the next one (KIP-890). */
const END_VERSION = 5;
const OFFSETS_VERSION = 5;

/** Resolves, when all of it is durable, with who the producer is from then on. */
export async function commitInTransaction(log: LocalLog, whole: WholeTransaction): Promise<Producer> {
  try {
    const sequences = new Map<Partition, number>();
    for (const batch of whole.batches) await append(log, whole, batch, sequences);
    await commitOffsets(log, whole);
  } catch (error) {
    await end(log, whole, false).catch(() => undefined); // the next owner does the same
    throw error;
  }
  return end(log, whole, true);
}

async function append(
  log: LocalLog,
  whole: WholeTransaction,
  batch: OutputBatch,
  sequences: Map<Partition, number>,
): Promise<void> {
  const { topic, partition, records } = batch;
  const baseSequence = sequences.get(partition) ?? 0;
  sequences.set(partition, baseSequence + records.length);
  const bytes = encoded(batch, { ...whole.producer, baseSequence, isTransactional: true });
  for (
    let ready = log.partitions.whenReady(bytes.length);
    ready !== undefined;
    ready = log.partitions.whenReady(bytes.length)
  )
    await ready;
  const enter = () => add(log, whole, topic, partition.index);
  try {
    const appended: Appended | Promise<Appended> = partition.isChecked
      ? partition.appendChecked(bytes, log.clock.now(), {
          given: true,
          beginsAtZero: true,
          mayEnter: enter,
          deadLetters: (name) => deadLetters(log, name, partition.index),
        })
      : (enter(), partition.append(bytes, log.clock.now(), { given: true, beginsAtZero: true }));
    await appended;
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    throw refusedOutput([error.errorName], `${topic}, partition ${partition.index},`, error.message) ?? error;
  }
}

/** The transaction holds this partition from now on. Throws when it is no longer ours. */
function add(
  log: LocalLog,
  { transactionalId, producer }: WholeTransaction,
  topic: string,
  partition: number,
) {
  const partitions = [{ topic, partition }];
  check(log.transactions.addNow({ transactionalId, ...producer, partitions, clientVersion: 2 }), topic);
}

async function commitOffsets(log: LocalLog, whole: WholeTransaction): Promise<void> {
  const { transactionalId, producer, group, positions } = whole;
  if (positions.length === 0) return;
  add(log, whole, CONSUMER_OFFSETS, log.groups.requireShard(group).index);
  const topics = positions.map(({ topic, topicId, partition, offset }) => ({
    name: topic,
    topicId,
    partitions: [
      { partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: '' },
    ],
  }));
  const request = {
    transactionalId,
    groupId: group,
    ...producer,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    topics,
  };
  const answer = await log.groups.commitInTransaction(request, OFFSETS_VERSION);
  for (const { name, partitions } of answer.topics)
    for (const { errorCode } of partitions) check(errorCode, name);
}

async function end(log: LocalLog, { transactionalId, producer }: WholeTransaction, committed: boolean) {
  const request = { transactionalId, ...producer, committed };
  const { errorCode, producerId, producerEpoch } = await log.transactions.endTransaction(
    request,
    END_VERSION,
  );
  check(errorCode, transactionalId);
  return { producerId, producerEpoch };
}

function check(code: number, what: string): void {
  if (code !== 0) throw new KafkaError(errorNameOf(code), what);
}
