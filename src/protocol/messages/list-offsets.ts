/**
 * ListOffsets (2): the offset that belongs to a timestamp, or to one of the special timestamps below.
 *
 *   v1 one offset for each partition · v2 isolation levels (KIP-98) · v4 leader epochs (KIP-320)
 *   v5 OFFSET_NOT_AVAILABLE (KIP-207) · v6 flexible · v7 the record with the largest timestamp (KIP-734)
 *   v8 the earliest local offset (KIP-405) · v9 the latest tiered offset (KIP-1005)
 *   v10 a timeout for remote storage (KIP-1075) · v11 the earliest offset that waits for its upload (KIP-1023)
 *
 * Special timestamps: -1 latest, -2 earliest, -3 of the largest timestamp, -4 earliest local, -5 latest tiered,
 * -6 earliest pending upload.
 */
import { api } from '../api.ts';
import { type Infer, array, int8, int16, int32, int64, message, string } from '../schema.ts';

export const listOffsetsRequest = message(
  { name: 'ListOffsetsRequest', versions: '1-11', flexible: '6+' },
  {
    replicaId: int32(), // -1: a consumer, -2: a consumer for debugging
    // 0 read_uncommitted, 1 read_committed: the latest offset is then the last stable one
    isolationLevel: int8({ versions: '2+' }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32({ versions: '4+', default: -1, ignorable: true }),
        timestamp: int64({ clamp: true }),
      }),
    }),
    timeoutMs: int32({ versions: '10+', ignorable: true }), // only where remote storage must be asked
  },
);
export type ListOffsetsRequest = Infer<typeof listOffsetsRequest>;

export const listOffsetsResponse = message(
  { name: 'ListOffsetsResponse', versions: '1-11', flexible: '6+' },
  {
    throttleTimeMs: int32({ versions: '2+', ignorable: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        timestamp: int64({ default: -1 }), // of the record found; -1: none
        offset: int64({ default: -1 }), // -1: none
        leaderEpoch: int32({ versions: '4+', default: -1 }),
      }),
    }),
  },
);
export type ListOffsetsResponse = Infer<typeof listOffsetsResponse>;

export const listOffsetsApi = api(2, 'ListOffsets', listOffsetsRequest, listOffsetsResponse);
