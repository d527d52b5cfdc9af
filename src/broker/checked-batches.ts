/**
 * CheckedBatches: produce to topics whose records are checked (`gregor.schema`). The order of the batches is fixed in the turn of the
 * request, as everywhere; their offsets come when the check has ended (partition/admission-queue.ts).
 *
 *   transactional batches   are judged in the turn of their admission: a producer that was fenced while its batch waited gets
 *                           nothing behind the fence (T7)
 *   dead letters            go to the partition of the same number, modulo what their topic has; the topic is made when it is missing
 *   too much waits          the connection is not read until there is room
 */
import type { Appended, Partition } from '../partition/index.ts';
import type { ProduceRequest, RecordBatch } from '../protocol/index.ts';
import { autoCreate } from './auto-create.ts';
import type { Broker } from './broker.ts';
import type { RequestContext } from './handler.ts';

type Needs = 'image' | 'partitions' | 'controller' | 'random' | 'configs';
type TopicData = ProduceRequest['topicData'][number];

export interface CheckedBatch {
  readonly partition: Partition;
  readonly records: Buffer;
  readonly now: number;
  readonly beginsAtZero: boolean;
  /** Throws what refuses the batch, in the turn of its admission. */
  readonly mayEnter: (batch: RecordBatch) => void;
}

/** Resolves when the batch has its offset; rejects with a definite KafkaError. */
export function appendChecked(
  broker: Pick<Broker, Needs>,
  { partition, records, now, beginsAtZero, mayEnter }: CheckedBatch,
  context: Pick<RequestContext, 'room'>,
): Promise<Appended> {
  const appended = partition.appendChecked(records, now, {
    beginsAtZero,
    mayEnter,
    deadLetters: (topic) => deadLetters(broker, topic, partition.index),
  });
  const room = partition.whenCheckable();
  if (room !== undefined) context.room.hold(room);
  return appended;
}

/** The partition that takes what was refused. Throws INVALID_TOPIC_EXCEPTION where the topic's name cannot be. */
export function deadLetters(broker: Pick<Broker, Needs>, topic: string, index: number): Partition {
  const { id, partitionCount } = autoCreate(broker, topic);
  return broker.partitions.find(id, index % partitionCount)!;
}

/** The request without what waits for a check: that is judged when it enters. */
export function withoutChecked(
  request: ProduceRequest,
  partitionOf: (topic: TopicData, index: number) => Partition | undefined,
): ProduceRequest {
  const isChecked = (topic: TopicData, index: number) => partitionOf(topic, index)?.isChecked === true;
  if (!request.topicData.some((topic) => topic.partitionData.some(({ index }) => isChecked(topic, index))))
    return request;
  const topicData = request.topicData.map((topic) => ({
    ...topic,
    partitionData: topic.partitionData.filter(({ index }) => !isChecked(topic, index)),
  }));
  return { ...request, topicData };
}
