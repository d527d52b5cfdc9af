/**
 * OffsetForLeaderEpoch (23): where a leader epoch ended; readers find out whether their log was cut.
 *
 *   v2 fencing by the current leader epoch (KIP-320) · v3 the replica says who it is (KIP-392) · v4 flexible
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, int64, message, string } from '../schema.ts';

export const offsetForLeaderEpochRequest = message(
  { name: 'OffsetForLeaderEpochRequest', versions: '2-4', flexible: '4+' },
  {
    // -1: a consumer, -2: a consumer for debugging
    replicaId: int32({ versions: '3+', default: -2, ignorable: true }),
    topics: array({
      topic: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ default: -1 }), // -1: not checked
        leaderEpoch: int32(),
      }),
    }),
  },
);
export type OffsetForLeaderEpochRequest = Infer<typeof offsetForLeaderEpochRequest>;

export const offsetForLeaderEpochResponse = message(
  { name: 'OffsetForLeaderEpochResponse', versions: '2-4', flexible: '4+' },
  {
    throttleTimeMs: int32(),
    topics: array({
      topic: string(),
      partitions: array({
        errorCode: int16(),
        partition: int32(),
        leaderEpoch: int32({ default: -1 }), // the largest epoch that is not above the asked one; -1: none
        endOffset: int64({ default: -1 }), // exclusive; -1: none
      }),
    }),
  },
);
export type OffsetForLeaderEpochResponse = Infer<typeof offsetForLeaderEpochResponse>;

export const offsetForLeaderEpochApi = api(
  23,
  'OffsetForLeaderEpoch',
  offsetForLeaderEpochRequest,
  offsetForLeaderEpochResponse,
);
