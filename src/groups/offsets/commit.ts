/**
 * OffsetCommit: v2-v10. Where the readers of a group stand, fenced by the generation of the group.
 *
 *   member id and generation      a member of the current generation; a sign of life too
 *   neither (-1 and empty)        a reader that assigns itself, or an administrator: only while the group has no members
 *
 * Members of a consumer group are fenced by their epoch (consumer/offsets.ts).
 *
 * Between the join phase and the assignment (CompletingRebalance) a commit is refused: the partitions may already be
 * another's. Topic names are resolved by the caller (v10 sends ids); both are given back as they came.
 */
import {
  ERRORS,
  errorCode,
  KafkaError,
  type OffsetCommitRequest,
  type OffsetCommitResponse,
} from '../../protocol/index.ts';
import { type ClassicGroup, refreshSession } from '../classic/index.ts';
import { checkCommit as checkConsumerCommit, type PartitionCheck } from '../consumer/index.ts';
import type { Decision } from '../decision.ts';
import type { Group } from '../group.ts';
import type { GroupSettings } from '../settings.ts';
import { commitAnswer } from './commit-answer.ts';

const FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND = 9;

export function commitOffsets(
  decision: Decision,
  group: Group | undefined,
  { request, version }: { request: OffsetCommitRequest; version: number },
  settings: GroupSettings,
): OffsetCommitResponse {
  let check: PartitionCheck;
  try {
    check = checkAll(decision, group, request, version);
  } catch (error) {
    return answer(request, errorCode(error));
  }
  const { wallMs } = decision.now;
  const expireTimestamp =
    request.retentionTimeMs === -1 ? -1 : Math.min(wallMs + request.retentionTimeMs, Number.MAX_SAFE_INTEGER);
  return answer(request, (topic, partition) => {
    const refused = check(topic.topicId, partition.partitionIndex);
    if (refused !== 0) return refused;
    const metadata = partition.committedMetadata ?? '';
    if (metadata.length > settings.offsetMetadataMax) return ERRORS.OFFSET_METADATA_TOO_LARGE[0];
    decision.write({
      type: 'offsetCommit',
      key: { group: request.groupId, topic: topic.name, partition: partition.partitionIndex },
      value: {
        offset: partition.committedOffset,
        leaderEpoch: partition.committedLeaderEpoch,
        metadata,
        commitTimestamp: wallMs,
        expireTimestamp,
        topicId: topic.topicId,
      },
    });
    return 0;
  });
}

export function commitRefused(request: OffsetCommitRequest, errorCode: number): OffsetCommitResponse {
  return answer(request, errorCode);
}

function checkAll(
  decision: Decision,
  group: Group | undefined,
  request: OffsetCommitRequest,
  version: number,
): PartitionCheck {
  if (group?.type === 'consumer') {
    const { memberId, generationIdOrMemberEpoch: epoch } = request;
    return checkConsumerCommit(group, { memberId, epoch, version });
  }
  if (group === undefined) checkWithoutGroup(request, version);
  else checkCommit(decision, group, request);
  return () => 0;
}

function checkWithoutGroup(request: OffsetCommitRequest, version: number): void {
  if (request.generationIdOrMemberEpoch < 0) return;
  const known = version >= FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND;
  throw new KafkaError(known ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION');
}

function checkCommit(decision: Decision, group: ClassicGroup, request: OffsetCommitRequest): void {
  const { generationIdOrMemberEpoch: generation, memberId, groupInstanceId } = request;
  if (generation < 0 && group.state === 'Empty') return;
  if (generation < 0 && memberId === '' && groupInstanceId === null)
    throw new KafkaError('UNKNOWN_MEMBER_ID');
  const member = group.requireMember(memberId, groupInstanceId);
  group.requireGeneration(generation);
  if (group.state === 'CompletingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS');
  if (!member.isParked) refreshSession(decision, group, member);
}

type Topic = OffsetCommitRequest['topics'][number];
type Partition = Topic['partitions'][number];

/** One error for all partitions, or each its own. */
function answer(
  request: OffsetCommitRequest,
  code: number | ((topic: Topic, partition: Partition) => number),
): OffsetCommitResponse {
  return commitAnswer<Partition, Topic>(request, code);
}
