/**
 * Heartbeat (12): a member of a classic group says that it lives, and hears whether the group rebalances.
 *
 *   v1 throttle time · v3 static members (KIP-345) · v4 flexible
 */
import { api } from '../api.ts';
import { type Infer, int16, int32, message, string } from '../schema.ts';

export const heartbeatRequest = message(
  { name: 'HeartbeatRequest', versions: '0-4', flexible: '4+' },
  {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
  },
);
export type HeartbeatRequest = Infer<typeof heartbeatRequest>;

export const heartbeatResponse = message(
  { name: 'HeartbeatResponse', versions: '0-4', flexible: '4+' },
  {
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16(),
  },
);
export type HeartbeatResponse = Infer<typeof heartbeatResponse>;

export const heartbeatApi = api(12, 'Heartbeat', heartbeatRequest, heartbeatResponse);
