/**
 * OffsetCommit (8): stores the offsets of a group.
 *
 *   v2 retention time asked by the client · v5 no longer so (KIP-211) · v6 leader epoch of the offset (KIP-320)
 *   v7 static members (KIP-345) · v8 flexible · v9 members of the new protocol (KIP-848) · v10 topics by id (KIP-848)
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, int64, message, string, uuid } from '../schema.ts';

export const offsetCommitRequest = message(
  { name: 'OffsetCommitRequest', versions: '2-10', flexible: '8+' },
  {
    groupId: string(),
    generationIdOrMemberEpoch: int32({ default: -1 }), // -1: a client without membership
    memberId: string(),
    groupInstanceId: string({ versions: '7+', nullable: '7+', default: null }),
    // -1: as the broker keeps them
    retentionTimeMs: int64({ versions: '2-4', default: -1, clamp: true, ignorable: true }),
    topics: array({
      name: string({ versions: '2-9', ignorable: true }),
      topicId: uuid({ versions: '10+', ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64({ clamp: true }),
        committedLeaderEpoch: int32({ versions: '6+', default: -1, ignorable: true }), // -1: unknown
        committedMetadata: string({ nullable: '0+' }), // free text
      }),
    }),
  },
);
export type OffsetCommitRequest = Infer<typeof offsetCommitRequest>;

export const offsetCommitResponse = message(
  { name: 'OffsetCommitResponse', versions: '2-10', flexible: '8+' },
  {
    throttleTimeMs: int32({ versions: '3+', ignorable: true }),
    topics: array({
      name: string({ versions: '2-9', ignorable: true }),
      topicId: uuid({ versions: '10+', ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
);
export type OffsetCommitResponse = Infer<typeof offsetCommitResponse>;

export const offsetCommitApi = api(8, 'OffsetCommit', offsetCommitRequest, offsetCommitResponse);
