/**
 * TxnOffsetCommit: v0-v6.
 *
 * Behaviour: the offsets are those of the group once the transaction commits; until then they are pending. The partition
 * that keeps the group must have joined the transaction: from v5 on it does so by itself. Both happen in one turn.
 * Version notes: v3 fenced by the group (KIP-447); v4 TRANSACTION_ABORTABLE; v5 joins by itself (KIP-890); v6 topics by id.
 */
import { CONSUMER_OFFSETS } from '../../cluster/index.ts';
import { partitionOfGroup } from '../../coordinator/index.ts';
import { refused } from '../../groups/index.ts';
import { ERRORS, KafkaError, txnOffsetCommitApi, type TxnOffsetCommitRequest } from '../../protocol/index.ts';
import type { Broker } from '../broker.ts';
import { handler } from '../handler.ts';
import { resolveTopic } from '../offset-topics.ts';
import { offsetCode } from '../transaction-errors.ts';

const LOAD_IN_PROGRESS_SINCE = 2;
const ABORTABLE_SINCE = 4;
const ADDS_ITSELF_SINCE = 5;
const TOPIC_IDS_SINCE = 6;

export const txnOffsetCommit = handler(
  txnOffsetCommitApi,
  [0, 6],
  ['groups', 'image', 'transactions'],
  async (broker, request, { version }) => {
    const known = request.topics.map((topic) =>
      resolveTopic(broker.image, topic, version >= TOPIC_IDS_SINCE),
    );
    const kept = known
      .map(({ topic, exists }) => ({
        ...topic,
        partitions: topic.partitions.filter(({ partitionIndex }) => exists(partitionIndex)),
      }))
      .filter(({ partitions }) => partitions.length > 0);
    const asked = { ...request, topics: kept };
    const code = request.groupId === '' ? ERRORS.INVALID_GROUP_ID[0] : join(broker, request, version);
    const answer =
      code === 0
        ? await broker.groups.commitInTransaction(asked, version)
        : refused.commitInTransaction(asked, code);
    const codes = new Map<string, number>();
    for (const { name, partitions } of answer.topics)
      for (const { partitionIndex, errorCode } of partitions)
        codes.set(`${partitionIndex} ${name}`, olderCode(errorCode, version));
    return {
      topics: known.map(({ topic, missing }) => ({
        name: topic.name,
        topicId: topic.topicId,
        partitions: topic.partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: codes.get(`${partitionIndex} ${topic.name}`) ?? missing,
        })),
      })),
    };
  },
  { refuse: (request, error) => refused.commitInTransaction(request, new KafkaError(error).code) },
);

/** The group's partition belongs to the transaction now, or the code that says why not. In this turn. */
function join(
  broker: Pick<Broker, 'image' | 'transactions'>,
  { transactionalId, producerId, producerEpoch, groupId }: TxnOffsetCommitRequest,
  version: number,
): number {
  const count = broker.image.find(CONSUMER_OFFSETS)!.partitionCount;
  const partitions = [{ topic: CONSUMER_OFFSETS, partition: partitionOfGroup(groupId, count) }];
  const producer = { transactionalId, producerId, producerEpoch, partitions };
  if (version >= ADDS_ITSELF_SINCE)
    return offsetCode(broker.transactions.addNow({ ...producer, clientVersion: 2 }));
  const { errorCode, isAdded } = broker.transactions.verifyNow({ ...producer, clientVersion: 0 });
  if (errorCode !== 0) return offsetCode(errorCode);
  if (isAdded[0] === true) return 0;
  return ERRORS[version >= ABORTABLE_SINCE ? 'TRANSACTION_ABORTABLE' : 'INVALID_TXN_STATE'][0];
}

function olderCode(code: number, version: number): number {
  const isLoading = code === ERRORS.COORDINATOR_LOAD_IN_PROGRESS[0];
  return isLoading && version < LOAD_IN_PROGRESS_SINCE ? ERRORS.COORDINATOR_NOT_AVAILABLE[0] : code;
}
