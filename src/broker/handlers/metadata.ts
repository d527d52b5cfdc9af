/**
 * Metadata: v0-v13.
 *
 * Behaviour: one broker that leads everything, under the address of the listener that was asked. A topic that does not
 * exist is made when the client allows it, and is in the answer once it is durable, without an error: the first contact
 * is silent.
 * Version notes: v0 empty list = all; v1+ null = all; v4 allowAutoTopicCreation; v10 topic ids; v12 asking by id.
 */
import {
  errorCode,
  type ErrorName,
  ERRORS,
  KafkaError,
  metadataApi,
  ZERO_UUID,
} from '../../protocol/index.ts';
import type { Topic } from '../../cluster/index.ts';
import { CLUSTER_OPERATIONS, NOT_ASKED, TOPIC_OPERATIONS } from '../authorized-operations.ts';
import { autoCreate } from '../auto-create.ts';
import type { Broker } from '../broker.ts';
import { firsts } from '../duplicates.ts';
import { handler } from '../handler.ts';

type Needs = 'identity' | 'image' | 'controller' | 'random' | 'configs' | 'partitions';
const AUTO_CREATE_FLAG_SINCE = 4;
const TOPIC_IDS_SINCE = 12;

interface Asked {
  readonly name: string | null;
  readonly topicId: string;
}

export const metadata = handler(
  metadataApi,
  [0, 13],
  ['identity', 'image', 'controller', 'random', 'configs', 'partitions'],
  async (broker, request, context) => {
    const mayCreate =
      (context.version < AUTO_CREATE_FLAG_SINCE || request.allowAutoTopicCreation) &&
      broker.configs.autoCreateTopics();
    const wantsAll = request.topics === null || (context.version === 0 && request.topics.length === 0);
    const answers = wantsAll
      ? [...broker.image.topics].map((topic) => described(broker, topic))
      : withoutDuplicates(request.topics!).map((asked) =>
          answerOne(broker, asked, mayCreate, context.version),
        );
    const topics = request.includeTopicAuthorizedOperations
      ? answers.map((topic) => ({ ...topic, topicAuthorizedOperations: TOPIC_OPERATIONS }))
      : answers;
    // What is told must be durable: creations of this request, and those of others that the image already shows.
    await broker.controller.settled();
    const { nodeId, clusterId } = broker.identity;
    const { host, port } = broker.identity.endpoint(context.listener);
    return {
      brokers: [{ nodeId, host, port, rack: broker.configs.broker['broker.rack'] }],
      clusterId,
      controllerId: nodeId,
      topics,
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? CLUSTER_OPERATIONS
        : NOT_ASKED,
    };
  },
);

/** A topic that is asked twice is answered once. */
function withoutDuplicates(asked: readonly Asked[]): Asked[] {
  const isFirst = firsts();
  return asked.filter(({ topicId, name }) => isFirst(topicId === ZERO_UUID ? name : `${topicId} ${name}`));
}

function answerOne(broker: Pick<Broker, Needs>, asked: Asked, mayCreate: boolean, version: number) {
  try {
    if (version < TOPIC_IDS_SINCE && asked.name === null)
      throw new KafkaError('INVALID_REQUEST', 'a topic without a name');
    if (asked.topicId !== ZERO_UUID) {
      const topic = broker.image.findById(asked.topicId);
      if (topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_ID');
      return described(broker, topic);
    }
    const name = asked.name ?? '';
    const topic = broker.image.find(name);
    if (topic !== undefined) return described(broker, topic);
    if (!mayCreate) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    return described(broker, autoCreate(broker, name));
  } catch (error) {
    errorCode(error);
    // Before v12 an answer cannot say that it has no name.
    const name = version < TOPIC_IDS_SINCE ? (asked.name ?? '') : asked.name;
    return missing({ ...asked, name }, (error as KafkaError).errorName);
  }
}

function missing(asked: Asked, error: ErrorName) {
  return {
    errorCode: ERRORS[error][0],
    name: asked.name,
    topicId: asked.topicId,
    isInternal: false,
    partitions: [],
  };
}

function described(broker: Pick<Broker, Needs>, topic: Topic) {
  const { nodeId } = broker.identity;
  return {
    errorCode: 0,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.isInternal,
    partitions: Array.from({ length: topic.partitionCount }, (_, partitionIndex) => ({
      errorCode: 0,
      partitionIndex,
      leaderId: nodeId,
      leaderEpoch: broker.partitions.leaderEpoch,
      replicaNodes: [nodeId],
      isrNodes: [nodeId],
      offlineReplicas: [],
    })),
  };
}
