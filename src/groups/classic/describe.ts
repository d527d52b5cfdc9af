/** Describe: a classic group as DescribeGroups shows it. Subscriptions only while it is Stable. */
import { type DescribeGroupsResponse, ERRORS } from '../../protocol/index.ts';
import type { ClassicGroup } from './group.ts';
import { NOTHING } from './member.ts';

export type DescribedGroup = DescribeGroupsResponse['groups'][number];
const FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND = 6;
const OPERATIONS_NOT_ASKED_FOR = -(2 ** 31);

export function describe(group: ClassicGroup): DescribedGroup {
  const stable = group.state === 'Stable';
  return {
    errorCode: 0,
    errorMessage: null,
    groupId: group.groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: stable ? (group.protocolName ?? '') : '',
    members: Array.from(group.members.values(), (member) => ({
      memberId: member.id,
      groupInstanceId: member.identity.groupInstanceId,
      clientId: member.identity.clientId,
      clientHost: member.identity.clientHost,
      memberMetadata: stable ? member.metadataOf(group.protocolName) : NOTHING,
      memberAssignment: member.assignment,
    })),
    authorizedOperations: OPERATIONS_NOT_ASKED_FOR,
  };
}

/** Below v6 an unknown group is simply Dead; from v6 on that is an error (KIP-1043). */
export function describeMissing(
  groupId: string,
  version: number,
  { isConsumer }: { isConsumer: boolean },
): DescribedGroup {
  const dead = { ...notDescribed(groupId, 0), groupState: 'Dead' };
  if (version < FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND) return dead;
  const [errorCode] = ERRORS.GROUP_ID_NOT_FOUND;
  return {
    ...dead,
    errorCode,
    errorMessage: `Group ${groupId} ${isConsumer ? 'is not a classic group' : 'not found'}.`,
  };
}

export function notDescribed(groupId: string, errorCode: number): DescribedGroup {
  return {
    errorCode,
    errorMessage: null,
    groupId,
    groupState: '',
    protocolType: '',
    protocolData: '',
    members: [],
    authorizedOperations: OPERATIONS_NOT_ASKED_FOR,
  };
}
