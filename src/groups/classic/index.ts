/** The door of the classic protocol: one function per event, all on one group. */
export { heartbeatAnswer, left, notJoined, notSynced } from './answers.ts';
export { type DescribedGroup, describe, describeMissing, notDescribed } from './describe.ts';
export { fireTimer, resume } from './expire.ts';
export { ClassicGroup } from './group.ts';
export { type ClassicMember, NOTHING } from './member.ts';
export { heartbeat } from './heartbeat.ts';
export { checkJoin, type JoinAttempt, type JoinContext, join, NEW_IDS_SINCE } from './join.ts';
export { leave, leaveAnswer, leavingMembers, leftNothing } from './leave.ts';
export { refuseParked } from './rebalance.ts';
export { replayGroupMetadata } from './record.ts';
export { GROUP_TRANSITIONS, type GroupState } from './states.ts';
export { sync } from './sync.ts';
export { termsIn } from './terms.ts';
export { refreshSession } from './timers.ts';
