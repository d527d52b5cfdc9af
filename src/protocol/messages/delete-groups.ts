/**
 * DeleteGroups (42): deletes groups without members.
 *
 *   v2 flexible · v3 error messages
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, message, string } from '../schema.ts';

export const deleteGroupsRequest = message(
  { name: 'DeleteGroupsRequest', versions: '0-3', flexible: '2+' },
  {
    groupsNames: array(string()),
  },
);
export type DeleteGroupsRequest = Infer<typeof deleteGroupsRequest>;

export const deleteGroupsResponse = message(
  { name: 'DeleteGroupsResponse', versions: '0-3', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    results: array({
      groupId: string(),
      errorCode: int16(),
      errorMessage: string({ versions: '3+', nullable: '3+', default: null, ignorable: true }),
    }),
  },
);
export type DeleteGroupsResponse = Infer<typeof deleteGroupsResponse>;

export const deleteGroupsApi = api(42, 'DeleteGroups', deleteGroupsRequest, deleteGroupsResponse);
