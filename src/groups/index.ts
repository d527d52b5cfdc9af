/** The door of groups: consumer groups as a pure mind. `decide` by the methods of GroupMind, `replay` its records. */
export {
  type DescribedGroup,
  type GroupState,
  GROUP_TRANSITIONS,
  type JoinContext,
} from './classic/index.ts';
export {
  type AssignorName,
  type DescribedConsumerGroup,
  type HeartbeatContext,
  matchesExpression,
} from './consumer/index.ts';
export { type Answer, Decision, type Now, type Token } from './decision.ts';
export type { DeletedGroup } from './delete.ts';
export type { GroupFilter, ListedGroup } from './list.ts';
export { GroupMind, type Versioned } from './mind.ts';
export type { FetchedGroup, FetchedTopic, OffsetFetchQuestion } from './offsets/fetch.ts';
export type {
  GroupMetadataValue,
  GroupRecord,
  MemberMetadata,
  OffsetCommitKey,
  OffsetCommitValue,
  ReplayedRecord,
  WrittenRecord,
} from './records.ts';
export { refused } from './refused.ts';
export {
  type ConsumerTerms,
  DEFAULT_GROUP_SETTINGS,
  type GroupSettings,
  type MigrationPolicy,
} from './settings.ts';
export { type GroupTopic, NO_TOPICS, type TopicView } from './topics.ts';
