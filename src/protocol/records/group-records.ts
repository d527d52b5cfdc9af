/**
 * Group records: what `__consumer_offsets` holds of classic groups and of committed offsets.
 *
 *   offsetCommit    (group, topic, partition) -> offset       v1 expiry · v3 leader epoch · v4 flexible (KIP-915), topic id
 *   groupMetadata   group -> generation, leader, members      v1 rebalance timeout · v3 static members · v4 flexible
 *
 * Older keys of type 0 have the same shape as those of type 1 and mean the same.
 */
import { recordType } from './record-type.ts';
import { type Infer, array, bytes, int32, int64, message, string, uuid } from '../schema.ts';

export const offsetCommitKey = message(
  { name: 'OffsetCommitKey', versions: '0', flexible: 'none' },
  {
    group: string(),
    topic: string(),
    partition: int32(),
  },
);
export type OffsetCommitKey = Infer<typeof offsetCommitKey>;

export const offsetCommitValue = message(
  { name: 'OffsetCommitValue', versions: '0-4', flexible: '4+' },
  {
    offset: int64({ clamp: true }),
    leaderEpoch: int32({ versions: '3+', default: -1, ignorable: true }), // -1: unknown
    metadata: string(),
    commitTimestamp: int64(),
    // -1: as the broker keeps offsets
    expireTimestamp: int64({ versions: '1', default: -1, ignorable: true }),
    topicId: uuid({ versions: '4+', tag: 0, ignorable: true }),
  },
);
export type OffsetCommitValue = Infer<typeof offsetCommitValue>;

export const groupMetadataKey = message(
  { name: 'GroupMetadataKey', versions: '0', flexible: 'none' },
  {
    group: string(),
  },
);
export type GroupMetadataKey = Infer<typeof groupMetadataKey>;

const memberMetadata = {
  memberId: string(),
  groupInstanceId: string({ versions: '3+', nullable: '3+', default: null, ignorable: true }),
  clientId: string(),
  clientHost: string(),
  // milliseconds; -1: the session timeout
  rebalanceTimeout: int32({ versions: '1+', default: -1, ignorable: true }),
  sessionTimeout: int32(),
  subscription: bytes(), // as the member sent it
  assignment: bytes(), // as the leader sent it
};

export const groupMetadataValue = message(
  { name: 'GroupMetadataValue', versions: '0-4', flexible: '4+' },
  {
    protocolType: string(),
    generation: int32(),
    protocol: string({ nullable: '0+' }),
    leader: string({ nullable: '0+' }),
    currentStateTimestamp: int64({ versions: '2+', default: -1, ignorable: true }), // -1: unknown
    members: array(memberMetadata),
  },
);
export type GroupMetadataValue = Infer<typeof groupMetadataValue>;

export const offsetCommitRecord = recordType('offsetCommit', 1, offsetCommitKey, offsetCommitValue);
export const groupMetadataRecord = recordType('groupMetadata', 2, groupMetadataKey, groupMetadataValue);
