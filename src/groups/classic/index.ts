/** The door of the classic protocol: one function per event, all on one group. */
export { heartbeatAnswer, left, notJoined, notSynced } from './answers.ts';
export { type DescribedGroup, describe, describeMissing, notDescribed } from './describe.ts';
export { fireTimer, resume } from './expire.ts';
export { ClassicGroup } from './group.ts';
export { heartbeat } from './heartbeat.ts';
export { checkJoin, type JoinAttempt, type JoinContext, join } from './join.ts';
export { leave, leftNothing } from './leave.ts';
export { replayGroupMetadata } from './record.ts';
export { GROUP_TRANSITIONS, type GroupState } from './states.ts';
export { sync } from './sync.ts';
export { parseTimerKey, refreshSession } from './timers.ts';
