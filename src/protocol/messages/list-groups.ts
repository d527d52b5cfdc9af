/**
 * ListGroups (16): the groups that this broker coordinates.
 *
 *   v1 throttle time · v3 flexible · v4 filter by state (KIP-518) · v5 filter by type (KIP-848)
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, message, string } from '../schema.ts';

export const listGroupsRequest = message(
  { name: 'ListGroupsRequest', versions: '0-5', flexible: '3+' },
  {
    statesFilter: array(string(), { versions: '4+' }), // empty: all
    typesFilter: array(string(), { versions: '5+' }), // empty: all
  },
);
export type ListGroupsRequest = Infer<typeof listGroupsRequest>;

export const listGroupsResponse = message(
  { name: 'ListGroupsResponse', versions: '0-5', flexible: '3+' },
  {
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16(),
    groups: array({
      groupId: string(),
      protocolType: string(),
      groupState: string({ versions: '4+', ignorable: true }),
      groupType: string({ versions: '5+', ignorable: true }),
    }),
  },
);
export type ListGroupsResponse = Infer<typeof listGroupsResponse>;

export const listGroupsApi = api(16, 'ListGroups', listGroupsRequest, listGroupsResponse);
