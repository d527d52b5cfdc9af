/**
 * SyncGroup (14): the leader of a classic group hands in the assignment, every member takes its part.
 *
 *   v1 throttle time · v3 static members (KIP-345) · v4 flexible · v5 the protocol, for checking (KIP-559)
 */
import { api } from '../api.ts';
import { type Infer, array, bytes, int16, int32, message, string } from '../schema.ts';

export const syncGroupRequest = message(
  { name: 'SyncGroupRequest', versions: '0-5', flexible: '4+' },
  {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
    protocolType: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    protocolName: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    // of the leader; empty from all others
    assignments: array({
      memberId: string(),
      assignment: bytes(),
    }),
  },
);
export type SyncGroupRequest = Infer<typeof syncGroupRequest>;

export const syncGroupResponse = message(
  { name: 'SyncGroupResponse', versions: '0-5', flexible: '4+' },
  {
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16(),
    protocolType: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    protocolName: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    assignment: bytes(),
  },
);
export type SyncGroupResponse = Infer<typeof syncGroupResponse>;

export const syncGroupApi = api(14, 'SyncGroup', syncGroupRequest, syncGroupResponse);
