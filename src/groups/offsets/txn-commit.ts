/**
 * TxnOffsetCommit: v0-v6. Offsets that become those of the group when the transaction of the producer commits.
 *
 * Fenced by the group like an ordinary commit when the member says who it is (KIP-447); without member and generation
 * anything goes, as in Kafka: the transaction itself fences. Unlike an ordinary commit it may come while the group is
 * between two generations: whoever asks is still the one whose transaction is open. Members of a consumer group are fenced
 * by their epoch; what that says came with v6, older versions hear ILLEGAL_GENERATION.
 */
import {
  ERRORS,
  errorCode,
  KafkaError,
  type TxnOffsetCommitRequest,
  type TxnOffsetCommitResponse,
} from '../../protocol/index.ts';
import type { ClassicGroup } from '../classic/index.ts';
import { checkCommit as checkConsumerCommit, type PartitionCheck } from '../consumer/index.ts';
import type { Decision } from '../decision.ts';
import type { Group } from '../group.ts';
import type { GroupSettings } from '../settings.ts';
import { commitAnswer } from './commit-answer.ts';

/** The version of TxnOffsetCommit that knows of member epochs, and the one of OffsetCommit. */
const EPOCHS_SINCE = 6;
const OFFSET_COMMIT_WITH_EPOCHS = 9;

export function commitInTransaction(
  decision: Decision,
  group: Group | undefined,
  { request, version }: { readonly request: TxnOffsetCommitRequest; readonly version: number },
  settings: GroupSettings,
): TxnOffsetCommitResponse {
  let check: PartitionCheck = () => 0;
  try {
    if (group === undefined) checkWithoutGroup(request, version);
    else if (group.type === 'classic') checkMember(group, request);
    else if (!isAnonymous(request)) check = checkConsumerCommit(group, committing(request));
  } catch (error) {
    return txnCommitAnswer(request, olderCode(errorCode(error), version));
  }
  const { groupId, producerId, producerEpoch } = request;
  const { wallMs } = decision.now;
  return txnCommitAnswer(request, (topic, partition) => {
    const refused = olderCode(check(topic.topicId, partition.partitionIndex), version);
    if (refused !== 0) return refused;
    const metadata = partition.committedMetadata ?? '';
    if (metadata.length > settings.offsetMetadataMax) return ERRORS.OFFSET_METADATA_TOO_LARGE[0];
    decision.write({
      type: 'pendingOffset',
      producerId,
      producerEpoch,
      key: { group: groupId, topic: topic.name, partition: partition.partitionIndex },
      value: {
        offset: partition.committedOffset,
        leaderEpoch: partition.committedLeaderEpoch,
        metadata,
        commitTimestamp: wallMs,
        expireTimestamp: -1,
        topicId: topic.topicId,
      },
    });
    return 0;
  });
}

function isAnonymous(request: TxnOffsetCommitRequest): boolean {
  const { generationIdOrMemberEpoch: generation, memberId, groupInstanceId } = request;
  return generation < 0 && memberId === '' && groupInstanceId === null;
}

function committing({ memberId, generationIdOrMemberEpoch: epoch }: TxnOffsetCommitRequest) {
  return { memberId, epoch, version: OFFSET_COMMIT_WITH_EPOCHS };
}

function checkWithoutGroup({ generationIdOrMemberEpoch }: TxnOffsetCommitRequest, version: number): void {
  if (generationIdOrMemberEpoch < 0) return;
  throw new KafkaError(version >= EPOCHS_SINCE ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION');
}

function olderCode(code: number, version: number): number {
  const isStale = code === ERRORS.STALE_MEMBER_EPOCH[0];
  return isStale && version < EPOCHS_SINCE ? ERRORS.ILLEGAL_GENERATION[0] : code;
}

function checkMember(group: ClassicGroup, request: TxnOffsetCommitRequest): void {
  const { generationIdOrMemberEpoch: generation, memberId, groupInstanceId } = request;
  if (isAnonymous(request)) return;
  if (generation < 0 && group.state === 'Empty') return;
  group.requireMember(memberId, groupInstanceId);
  group.requireGeneration(generation);
}

type Topic = TxnOffsetCommitRequest['topics'][number];
type Partition = Topic['partitions'][number];

/** One error for all partitions, or each its own. */
export function txnCommitAnswer(
  request: TxnOffsetCommitRequest,
  code: number | ((topic: Topic, partition: Partition) => number),
): TxnOffsetCommitResponse {
  return commitAnswer<Partition, Topic>(request, code);
}
