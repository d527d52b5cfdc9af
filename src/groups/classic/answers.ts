/** Answers of the classic protocol, whole: every field, whatever version the client speaks. */
import type {
  HeartbeatResponse,
  JoinGroupResponse,
  LeaveGroupResponse,
  SyncGroupResponse,
} from '../../protocol/index.ts';
import type { ClassicGroup } from './group.ts';
import { type ClassicMember, NOTHING } from './member.ts';

export function joined(
  group: ClassicGroup,
  member: ClassicMember,
  { leader = group.leaderId ?? '', members = group.isLeader(member.id), skipAssignment = false } = {},
): JoinGroupResponse {
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    generationId: group.generation,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader,
    skipAssignment,
    memberId: member.id,
    members: members ? membersForLeader(group) : [],
  };
}

function membersForLeader(group: ClassicGroup): JoinGroupResponse['members'] {
  return Array.from(group.members.values(), (member) => ({
    memberId: member.id,
    groupInstanceId: member.identity.groupInstanceId,
    metadata: member.metadataOf(group.protocolName),
  }));
}

export function notJoined(memberId: string, errorCode: number): JoinGroupResponse {
  return {
    throttleTimeMs: 0,
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  };
}

export function synced(group: ClassicGroup, assignment: Buffer): SyncGroupResponse {
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    assignment,
  };
}

export function notSynced(errorCode: number): SyncGroupResponse {
  return { throttleTimeMs: 0, errorCode, protocolType: null, protocolName: null, assignment: NOTHING };
}

export function heartbeatAnswer(errorCode: number): HeartbeatResponse {
  return { throttleTimeMs: 0, errorCode };
}

export function left(errorCode: number, members: LeaveGroupResponse['members']): LeaveGroupResponse {
  return { throttleTimeMs: 0, errorCode, members };
}
