/** DeleteGroups: v0-v3, one group of it. Only a group without members may go, with all its offsets. */
import { type DeleteGroupsResponse, ERRORS } from '../protocol/index.ts';
import type { Group } from './group.ts';

export type DeletedGroup = DeleteGroupsResponse['results'][number];

export function deletableGroup(groupId: string, group: Group | undefined): DeletedGroup {
  if (group === undefined)
    return {
      groupId,
      errorCode: ERRORS.GROUP_ID_NOT_FOUND[0],
      errorMessage: `Group ${groupId} not found.`,
    };
  if (group.state !== 'Empty')
    return { groupId, errorCode: ERRORS.NON_EMPTY_GROUP[0], errorMessage: `Group ${groupId} has members.` };
  return { groupId, errorCode: 0, errorMessage: null };
}
