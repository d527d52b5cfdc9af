/** The door of consumer groups (KIP-848): one function per event, all on one group. */
export { type HeartbeatContext, notHeard, refusal } from './answers.ts';
export { ASSIGNORS, type AssignorName } from './assignors/index.ts';
export { checkHeartbeat } from './check.ts';
export { classicHeartbeat, classicJoin, classicLeave, classicSync } from './classic-members.ts';
export { type DescribedConsumerGroup, describe, describeMissing, notDescribed } from './describe.ts';
export { type ConsumerWorld, Draft } from './draft.ts';
export { fireTimer, resume } from './expire.ts';
export { isExpression, matchesExpression } from './expressions.ts';
export { ConsumerGroup, type ConsumerGroupState } from './group.ts';
export { type HeartbeatAsk, heartbeat } from './heartbeat.ts';
export { leave } from './leave.ts';
export { JOINING_EPOCH } from './member.ts';
export { checkCommit, checkFetch, type PartitionCheck } from './offsets.ts';
export { tellUpgraded, upgrade } from './upgrade.ts';
export { groupTombstones } from './write.ts';
