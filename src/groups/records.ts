/**
 * Group records: what the group coordinator remembers, as Kafka writes it into `__consumer_offsets`.
 *
 *   offsetCommit    (group, topic, partition) → offset, metadata, times; null: forgotten
 *   groupMetadata   group → one stable generation with its members, or an empty one; null: deleted
 *
 * The field names are those of Kafka's coordinator schemas.
 */
export interface OffsetCommitKey {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

export interface OffsetCommitValue {
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestamp: number;
  /** −1: by the retention of the broker. */
  readonly expireTimestamp: number;
  /** 32 zeros when the client named the topic only. */
  readonly topicId: string;
}

export interface GroupMetadataKey {
  readonly group: string;
}

export interface GroupMetadataValue {
  /** Empty: the group never had members. */
  readonly protocolType: string;
  readonly generation: number;
  readonly protocol: string | null;
  readonly leader: string | null;
  /** Wall time of the last change of state; −1 in logs of very old brokers. */
  readonly currentStateTimestamp: number;
  readonly members: readonly MemberMetadata[];
}

export interface MemberMetadata {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeout: number;
  readonly sessionTimeout: number;
  readonly subscription: Buffer;
  readonly assignment: Buffer;
}

export type GroupRecord =
  | { readonly type: 'offsetCommit'; readonly key: OffsetCommitKey; readonly value: OffsetCommitValue | null }
  | {
      readonly type: 'groupMetadata';
      readonly key: GroupMetadataKey;
      readonly value: GroupMetadataValue | null;
    };
