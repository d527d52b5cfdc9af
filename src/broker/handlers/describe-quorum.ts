/**
 * DescribeQuorum: v0-v2. One voter keeps the metadata log: this broker, which is always caught up.
 *
 * Behaviour: the text of no error is empty, as in Kafka. A controller has no listener of its own: the one that was asked through is told.
 */
import { describeQuorumApi, KafkaError, ZERO_UUID } from '../../protocol/index.ts';
import { METADATA_TOPIC_ID } from '../../cluster/index.ts';
import { handler } from '../handler.ts';

const NODES_SINCE = 2;
const METADATA_TOPIC = '__cluster_metadata';
const NOBODY = { leaderId: 0, leaderEpoch: 0, highWatermark: 0, currentVoters: [], observers: [] };

export const describeQuorum = handler(
  describeQuorumApi,
  [0, 2],
  ['clock', 'identity', 'partitions', 'controller'],
  async (broker, { topics }, context) => {
    await broker.controller.settled();
    const { nodeId } = broker.identity;
    const metadata = broker.partitions.find(METADATA_TOPIC_ID, 0);
    const isAsked =
      topics.length === 1 &&
      topics[0]!.topicName === METADATA_TOPIC &&
      topics[0]!.partitions.length === 1 &&
      topics[0]!.partitions[0]!.partitionIndex === 0;
    if (metadata === undefined || !isAsked) {
      const error = new KafkaError(
        'UNKNOWN_TOPIC_OR_PARTITION',
        `partition 0 of ${METADATA_TOPIC} can be described`,
      );
      const refusal = { errorCode: error.code, errorMessage: error.explanation, ...NOBODY };
      const refused = topics.map(({ topicName, partitions }) => ({
        topicName,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, ...refusal })),
      }));
      return { errorCode: 0, errorMessage: '', topics: refused, nodes: [] };
    }
    const now = broker.clock.now();
    const voter = {
      replicaId: nodeId,
      replicaDirectoryId: ZERO_UUID,
      logEndOffset: metadata.highWatermark,
      lastFetchTimestamp: now,
      lastCaughtUpTimestamp: now,
    };
    const partition = {
      partitionIndex: 0,
      errorCode: 0,
      errorMessage: '',
      leaderId: nodeId,
      leaderEpoch: metadata.leaderEpoch,
      highWatermark: metadata.highWatermark,
      currentVoters: [voter],
      observers: [],
    };
    const endpoint = broker.identity.endpoint(context.listener);
    return {
      errorCode: 0,
      errorMessage: '',
      topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
      nodes:
        context.version < NODES_SINCE
          ? []
          : [{ nodeId, listeners: [{ name: context.listener, ...endpoint }] }],
    };
  },
);
