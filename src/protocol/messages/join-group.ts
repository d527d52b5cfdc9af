/**
 * JoinGroup (11): a member enters a classic group, or enters again because the group rebalances.
 *
 *   v1 a rebalance timeout of its own (KIP-62) · v4 a member id must be taken first: MEMBER_ID_REQUIRED (KIP-394)
 *   v5 static members (KIP-345) · v6 flexible · v7 the protocol in the answer (KIP-559)
 *   v8 the reason for joining (KIP-800) · v9 a static leader need not assign anew (KIP-814)
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, bytes, int16, int32, message, string } from '../schema.ts';

export const joinGroupRequest = message(
  { name: 'JoinGroupRequest', versions: '0-9', flexible: '6+' },
  {
    groupId: string(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: int32({ versions: '1+', default: -1, ignorable: true }), // -1: the session timeout
    memberId: string(), // empty: a new member
    groupInstanceId: string({ versions: '5+', nullable: '5+', default: null }),
    protocolType: string(),
    // in the order of preference
    protocols: array({
      name: string(),
      metadata: bytes(),
    }),
    reason: string({ versions: '8+', nullable: '8+', default: null, ignorable: true }),
  },
);
export type JoinGroupRequest = Infer<typeof joinGroupRequest>;

export const joinGroupResponse = message(
  { name: 'JoinGroupResponse', versions: '0-9', flexible: '6+' },
  {
    throttleTimeMs: int32({ versions: '2+', ignorable: true }),
    errorCode: int16(),
    generationId: int32({ default: -1 }), // -1: none
    protocolType: string({ versions: '7+', nullable: '7+', default: null, ignorable: true }),
    protocolName: string({ nullable: '7+' }),
    leader: string(),
    skipAssignment: boolean({ versions: '9+' }), // the leader keeps the assignment that stands
    memberId: string(),
    // for the leader only
    members: array({
      memberId: string(),
      groupInstanceId: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
      metadata: bytes(),
    }),
  },
);
export type JoinGroupResponse = Infer<typeof joinGroupResponse>;

export const joinGroupApi = api(11, 'JoinGroup', joinGroupRequest, joinGroupResponse);
