/**
 * LeaveGroup (13): members leave a classic group; administrators remove static ones.
 *
 *   v1 throttle time · v3 many members at once (KIP-345) · v4 flexible · v5 the reason (KIP-800)
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, message, string } from '../schema.ts';

export const leaveGroupRequest = message(
  { name: 'LeaveGroupRequest', versions: '0-5', flexible: '4+' },
  {
    groupId: string(),
    memberId: string({ versions: '0-2' }),
    members: array(
      {
        memberId: string(), // empty: named by its instance id alone
        groupInstanceId: string({ nullable: '0+', default: null }),
        reason: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
      },
      { versions: '3+' },
    ),
  },
);
export type LeaveGroupRequest = Infer<typeof leaveGroupRequest>;

export const leaveGroupResponse = message(
  { name: 'LeaveGroupResponse', versions: '0-5', flexible: '4+' },
  {
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16(),
    members: array(
      {
        memberId: string(),
        groupInstanceId: string({ nullable: '0+' }),
        errorCode: int16(),
      },
      { versions: '3+' },
    ),
  },
);
export type LeaveGroupResponse = Infer<typeof leaveGroupResponse>;

export const leaveGroupApi = api(13, 'LeaveGroup', leaveGroupRequest, leaveGroupResponse);
