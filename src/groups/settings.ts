/** Group settings: the numbers of Kafka's `group.*` and `offsets.*` configs that the minds need, with Kafka's defaults. */
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
}

export const DEFAULT_GROUP_SETTINGS: GroupSettings = {
  sessionTimeoutMinMs: 6_000,
  sessionTimeoutMaxMs: 1_800_000,
  groupSizeMax: 2 ** 31 - 1,
  initialRebalanceDelayMs: 3_000,
  newMemberJoinTimeoutMs: 300_000,
  offsetMetadataMax: 4_096,
  offsetsRetentionMs: 10_080 * 60_000,
};
