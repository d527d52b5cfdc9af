/**
 * Decisions about topics: may this be created, grown, deleted? Pure: (image, request) -> records or a KafkaError.
 *
 * Errors and their order: Kafka's ReplicationControlManager. One broker holds every partition; asked for more replicas
 * it keeps one (durability is the sync), unless `gregor.replication.factor` is `strict`.
 */
import { InvalidSetting, parseTopicConfigs } from '../config/index.ts';
import { checkDeadLetterTopic } from './dead-letter-topic.ts';
import { KafkaError } from '../protocol/index.ts';
import type { ClusterImage, Topic } from './image.ts';
import type { MetadataRecord } from './records.ts';
import { checkTopicName } from './topic-name.ts';

/** The name under which Kafka's tools know the metadata log; it is no topic. */
const METADATA_TOPIC = '__cluster_metadata';

export interface TopicRequest {
  readonly name: string;
  /** -1: the broker's default. */
  readonly partitionCount: number;
  /** -1: the broker's default. */
  readonly replicationFactor: number;
  readonly assignments: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[];
  readonly configs: readonly { readonly name: string; readonly value: string | null }[];
}

export interface TopicRules {
  readonly defaultPartitions: number;
  readonly isReplicationStrict: boolean;
  readonly nodeId: number;
  /** `max.partitions`: partitions that one topic may have. */
  readonly partitionsMax: number;
}

/** The records that make the topic `topicId`. */
export function createTopic(
  image: ClusterImage,
  request: TopicRequest,
  topicId: string,
  rules: TopicRules,
): MetadataRecord[] {
  const { name } = request;
  checkTopicName(name);
  if (name === METADATA_TOPIC)
    throw new KafkaError('INVALID_REQUEST', `${name} is the broker's own: it cannot be created`);
  if (image.find(name) !== undefined)
    throw new KafkaError('TOPIC_ALREADY_EXISTS', `topic '${name}' already exists`);
  const colliding = image.findColliding(name);
  if (colliding !== undefined)
    throw new KafkaError(
      'INVALID_TOPIC_EXCEPTION',
      `'${name}' collides with the existing topic '${colliding.name}' ('.' and '_' are one in metric names)`,
    );
  const count = partitionCount(request, rules);
  const configs = checkedConfigs(name, request.configs);
  return [
    { kind: 'topic', topicId, name },
    ...Array.from(
      { length: count },
      (_, partition): MetadataRecord => ({ kind: 'partition', topicId, partition, leader: rules.nodeId }),
    ),
    ...[...configs].map(
      ([key, value]): MetadataRecord => ({
        kind: 'config',
        resourceType: 'topic',
        resourceName: name,
        name: key,
        value,
      }),
    ),
  ];
}

function partitionCount(request: TopicRequest, rules: TopicRules): number {
  const { partitionCount: asked, replicationFactor, assignments } = request;
  if (assignments.length > 0) {
    if (asked !== -1 || replicationFactor !== -1)
      throw new KafkaError(
        'INVALID_REQUEST',
        'with assignments given, partitions and replication factor must be -1',
      );
    checkAssignments(assignments, rules);
    return assignments.length;
  }
  if (replicationFactor === 0 || replicationFactor < -1)
    throw new KafkaError(
      'INVALID_REPLICATION_FACTOR',
      'the replication factor must be at least 1, or -1 for the default',
    );
  if (rules.isReplicationStrict && replicationFactor > 1)
    throw new KafkaError(
      'INVALID_REPLICATION_FACTOR',
      `${replicationFactor} replicas asked, 1 broker is here`,
    );
  const count = asked === -1 ? rules.defaultPartitions : asked;
  if (count <= 0)
    throw new KafkaError(
      'INVALID_PARTITIONS',
      'the number of partitions must be at least 1, or -1 for the default',
    );
  checkCount(count, rules);
  return count;
}

function checkCount(count: number, rules: TopicRules): void {
  if (count > rules.partitionsMax)
    throw new KafkaError(
      'INVALID_PARTITIONS',
      `${count} partitions asked, at most ${rules.partitionsMax} per topic are served`,
    );
}

function checkAssignments(assignments: TopicRequest['assignments'], rules: TopicRules): void {
  const indexes = new Set(assignments.map((assignment) => assignment.partitionIndex));
  for (let index = 0; index < assignments.length; index++)
    if (!indexes.has(index))
      throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', `partition ${index} has no assignment`);
  for (const { brokerIds } of assignments)
    if (brokerIds.length !== 1 || brokerIds[0] !== rules.nodeId)
      throw new KafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        `only broker ${rules.nodeId} is here, asked for [${brokerIds.join(', ')}]`,
      );
  checkCount(assignments.length, rules);
}

/** The records that grow the topic to `count` partitions. */
export function createPartitions(
  topic: Topic | undefined,
  count: number,
  assignments: readonly { readonly brokerIds: readonly number[] }[] | null,
  rules: TopicRules,
): MetadataRecord[] {
  if (topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
  if (count <= topic.partitionCount)
    throw new KafkaError(
      'INVALID_PARTITIONS',
      `the topic has ${topic.partitionCount} partitions already, it can only grow`,
    );
  checkCount(count, rules);
  if (assignments !== null) {
    const added = count - topic.partitionCount;
    if (assignments.length !== added)
      throw new KafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        `${assignments.length} assignments for ${added} new partitions`,
      );
    checkAssignments(
      assignments.map(({ brokerIds }, partitionIndex) => ({ partitionIndex, brokerIds })),
      rules,
    );
  }
  const { id: topicId, partitionCount: from } = topic;
  return Array.from({ length: count - from }, (_, n) => ({
    kind: 'partition',
    topicId,
    partition: from + n,
    leader: rules.nodeId,
  }));
}

function checkedConfigs(name: string, configs: TopicRequest['configs']): Map<string, string> {
  try {
    const texts = parseTopicConfigs(configs);
    checkDeadLetterTopic(name, texts);
    return texts;
  } catch (error) {
    if (error instanceof InvalidSetting)
      throw new KafkaError('INVALID_CONFIG', error.message, { cause: error });
    throw error;
  }
}
