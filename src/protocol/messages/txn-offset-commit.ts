/**
 * TxnOffsetCommit (28): offsets that become those of the group when the transaction commits.
 *
 *   v2 leader epochs (KIP-320) · v3 flexible; fencing by group membership (KIP-447) · v4 TRANSACTION_ABORTABLE (KIP-890)
 *   v5 adds the group to the transaction by itself (KIP-890) · v6 topics by id (KIP-1319)
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, int64, message, string, uuid } from '../schema.ts';

export const txnOffsetCommitRequest = message(
  { name: 'TxnOffsetCommitRequest', versions: '0-6', flexible: '3+' },
  {
    transactionalId: string(),
    groupId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    generationIdOrMemberEpoch: int32({ versions: '3+', default: -1 }), // -1: not checked
    memberId: string({ versions: '3+' }),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
    topics: array({
      name: string({ versions: '0-5', ignorable: true }),
      topicId: uuid({ versions: '6+', ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64({ clamp: true }),
        committedLeaderEpoch: int32({ versions: '2+', default: -1, ignorable: true }), // -1: unknown
        committedMetadata: string({ nullable: '0+' }), // free text
      }),
    }),
  },
);
export type TxnOffsetCommitRequest = Infer<typeof txnOffsetCommitRequest>;

export const txnOffsetCommitResponse = message(
  { name: 'TxnOffsetCommitResponse', versions: '0-6', flexible: '3+' },
  {
    throttleTimeMs: int32(),
    topics: array({
      name: string({ versions: '0-5', ignorable: true }),
      topicId: uuid({ versions: '6+', ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
);
export type TxnOffsetCommitResponse = Infer<typeof txnOffsetCommitResponse>;

export const txnOffsetCommitApi = api(28, 'TxnOffsetCommit', txnOffsetCommitRequest, txnOffsetCommitResponse);
