/** What a ConsumerGroupHeartbeat must be before any group looks at it. */
import { type ConsumerGroupHeartbeatRequest, KafkaError } from '../../protocol/index.ts';
import type { GroupSettings } from '../settings.ts';
import { JOINING_EPOCH, LEAVING_EPOCH, LEAVING_FOR_A_WHILE_EPOCH } from './member.ts';

const MEMBER_CHOOSES_ITS_ID_SINCE = 1;

/** Throws INVALID_REQUEST or UNSUPPORTED_ASSIGNOR. */
export function checkHeartbeat(
  request: ConsumerGroupHeartbeatRequest,
  version: number,
  settings: GroupSettings,
): void {
  const { memberEpoch: epoch } = request;
  if (version >= MEMBER_CHOOSES_ITS_ID_SINCE || epoch > 0 || epoch === LEAVING_EPOCH)
    refuseIf(request.memberId === '', "MemberId can't be empty.");
  refuseIf(request.groupId === '', "GroupId can't be empty.");
  refuseIf(request.instanceId === '', "InstanceId can't be empty.");
  refuseIf(request.rackId === '', "RackId can't be empty.");
  if (epoch === JOINING_EPOCH) checkJoin(request);
  refuseIf(epoch === LEAVING_FOR_A_WHILE_EPOCH && request.instanceId === null, "InstanceId can't be null.");
  refuseIf(epoch < LEAVING_FOR_A_WHILE_EPOCH, 'MemberEpoch is invalid.');
  const { serverAssignor } = request;
  const assignors: readonly string[] = settings.consumerAssignors;
  if (serverAssignor !== null && !assignors.includes(serverAssignor))
    throw new KafkaError(
      'UNSUPPORTED_ASSIGNOR',
      `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${assignors.join(', ')}.`,
    );
}

function checkJoin(request: ConsumerGroupHeartbeatRequest): void {
  refuseIf(request.rebalanceTimeoutMs === -1, 'RebalanceTimeoutMs must be provided in first request.');
  refuseIf(
    request.topicPartitions === null || request.topicPartitions.length > 0,
    'TopicPartitions must be empty when (re-)joining.',
  );
  refuseIf(
    request.subscribedTopicNames === null && request.subscribedTopicRegex === null,
    'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.',
  );
}

function refuseIf(isWrong: boolean, message: string): void {
  if (isWrong) throw new KafkaError('INVALID_REQUEST', message);
}
