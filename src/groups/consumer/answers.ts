/** Answers to a ConsumerGroupHeartbeat. */
import { type ConsumerGroupHeartbeatResponse, errorCode, KafkaError } from '../../protocol/index.ts';
import type { ConsumerMember } from './member.ts';
import { listPartitions } from './partitions.ts';

/** Who asks, in which version, and an id nobody has had, for a member that brings none (v0). */
export interface HeartbeatContext {
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
  readonly newMemberId: string;
}

export function assigned(
  member: ConsumerMember,
  heartbeatIntervalMs: number,
  isTold: boolean,
): ConsumerGroupHeartbeatResponse {
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    errorMessage: null,
    memberId: member.id,
    memberEpoch: member.epoch,
    heartbeatIntervalMs,
    assignment: isTold ? { topicPartitions: listPartitions(member.assigned) } : null,
  };
}

export function goodbye(memberId: string, memberEpoch: number): ConsumerGroupHeartbeatResponse {
  return { ...notHeard(0, null), memberId, memberEpoch };
}

export function notHeard(errorCode: number, errorMessage: string | null): ConsumerGroupHeartbeatResponse {
  return {
    throttleTimeMs: 0,
    errorCode,
    errorMessage,
    memberId: null,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    assignment: null,
  };
}

/** Operating errors with their words; bugs fly on. */
export function refusal(error: unknown): ConsumerGroupHeartbeatResponse {
  return notHeard(errorCode(error), error instanceof KafkaError ? error.explanation : null);
}
