/**
 * DescribeGroups (15): state and members of classic groups.
 *
 *   v1 throttle time · v3 authorized operations (KIP-430) · v4 static members (KIP-345) · v5 flexible
 *   v6 GROUP_ID_NOT_FOUND and an error message (KIP-1043)
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, bytes, int16, int32, message, string } from '../schema.ts';

export const describeGroupsRequest = message(
  { name: 'DescribeGroupsRequest', versions: '0-6', flexible: '5+' },
  {
    groups: array(string()),
    includeAuthorizedOperations: boolean({ versions: '3+' }),
  },
);
export type DescribeGroupsRequest = Infer<typeof describeGroupsRequest>;

export const describeGroupsResponse = message(
  { name: 'DescribeGroupsResponse', versions: '0-6', flexible: '5+' },
  {
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ versions: '6+', nullable: '6+', default: null }),
      groupId: string(),
      groupState: string(),
      protocolType: string(),
      protocolData: string(), // the assignor
      members: array({
        memberId: string(),
        groupInstanceId: string({ versions: '4+', nullable: '4+', default: null, ignorable: true }),
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes(),
      }),
      // a bit for each operation; the smallest int32: not asked for
      authorizedOperations: int32({ versions: '3+', default: -2147483648 }),
    }),
  },
);
export type DescribeGroupsResponse = Infer<typeof describeGroupsResponse>;

export const describeGroupsApi = api(15, 'DescribeGroups', describeGroupsRequest, describeGroupsResponse);
