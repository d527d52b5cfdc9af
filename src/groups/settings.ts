/** Group settings: the numbers of Kafka's `group.*` and `offsets.*` configs that the minds need, with Kafka's defaults. */
import type { AssignorName } from './consumer/assignors/index.ts';

/** What holds for the members of one consumer group now; milliseconds. */
export interface ConsumerTerms {
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Shortest time between two assignments. */
  readonly assignmentIntervalMs: number;
}

export type MigrationPolicy = 'disabled' | 'downgrade' | 'upgrade' | 'bidirectional';

export interface GroupSettings {
  /** group.min.session.timeout.ms */
  readonly sessionTimeoutMinMs: number;
  /** group.max.session.timeout.ms */
  readonly sessionTimeoutMaxMs: number;
  /** group.max.size */
  readonly groupSizeMax: number;
  /** group.initial.rebalance.delay.ms: how long an empty group waits for company before its first generation. */
  readonly initialRebalanceDelayMs: number;
  /** How long a member that never finished a join may stay parked: its client may be gone without a trace. */
  readonly newMemberJoinTimeoutMs: number;
  /** offset.metadata.max.bytes */
  readonly offsetMetadataMax: number;
  /** offsets.retention.minutes, in milliseconds. */
  readonly offsetsRetentionMs: number;
  /** group.consumer.max.size */
  readonly consumerGroupSizeMax: number;
  /** group.consumer.migration.policy */
  readonly migrationPolicy: MigrationPolicy;
  /** group.consumer.assignors; the first is the default. */
  readonly consumerAssignors: readonly AssignorName[];
  /** From the group's own settings and the broker's, as they are at the moment of asking. */
  readonly consumerTerms: (groupId: string) => ConsumerTerms;
}

const DEFAULT_CONSUMER_TERMS: ConsumerTerms = {
  sessionTimeoutMs: 45_000,
  heartbeatIntervalMs: 5_000,
  assignmentIntervalMs: 1_000,
};

export const DEFAULT_GROUP_SETTINGS: GroupSettings = {
  sessionTimeoutMinMs: 6_000,
  sessionTimeoutMaxMs: 1_800_000,
  groupSizeMax: 2 ** 31 - 1,
  initialRebalanceDelayMs: 3_000,
  newMemberJoinTimeoutMs: 300_000,
  offsetMetadataMax: 4_096,
  offsetsRetentionMs: 10_080 * 60_000,
  consumerGroupSizeMax: 2 ** 31 - 1,
  migrationPolicy: 'bidirectional',
  consumerAssignors: ['uniform', 'range'],
  consumerTerms: () => DEFAULT_CONSUMER_TERMS,
};
