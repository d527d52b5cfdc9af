/**
 * OffsetFetch (9): reads the committed offsets of groups.
 *
 *   v2 null means all topics; an error for the group · v5 leader epochs (KIP-320) · v6 flexible
 *   v7 only offsets that no open transaction may change (KIP-447) · v8 several groups in one request (KIP-709)
 *   v9 members of the new protocol (KIP-848) · v10 topics by id (KIP-848)
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int16, int32, int64, message, string, uuid } from '../schema.ts';

export const offsetFetchRequest = message(
  { name: 'OffsetFetchRequest', versions: '1-10', flexible: '6+' },
  {
    groupId: string({ versions: '1-7' }),
    // null: all topics
    topics: array(
      {
        name: string(),
        partitionIndexes: array(int32()),
      },
      { versions: '1-7', nullable: '2-7' },
    ),
    groups: array(
      {
        groupId: string(),
        memberId: string({ versions: '9+', nullable: '9+', default: null, ignorable: true }),
        // -1: a client without membership, or a classic one
        memberEpoch: int32({ versions: '9+', default: -1, ignorable: true }),
        // null: all topics
        topics: array(
          {
            name: string({ versions: '8-9', ignorable: true }),
            topicId: uuid({ versions: '10+', ignorable: true }),
            partitionIndexes: array(int32()),
          },
          { nullable: '0+' },
        ),
      },
      { versions: '8+' },
    ),
    // answer UNSTABLE_OFFSET_COMMIT while a transaction may change the offset
    requireStable: boolean({ versions: '7+' }),
  },
);
export type OffsetFetchRequest = Infer<typeof offsetFetchRequest>;

export const offsetFetchResponse = message(
  { name: 'OffsetFetchResponse', versions: '1-10', flexible: '6+' },
  {
    throttleTimeMs: int32({ versions: '3+', ignorable: true }),
    topics: array(
      {
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          committedOffset: int64({ clamp: true }), // -1: none
          committedLeaderEpoch: int32({ versions: '5-7', default: -1, ignorable: true }),
          metadata: string({ nullable: '0+' }),
          errorCode: int16(),
        }),
      },
      { versions: '1-7' },
    ),
    errorCode: int16({ versions: '2-7', ignorable: true }),
    groups: array(
      {
        groupId: string(),
        topics: array({
          name: string({ versions: '8-9', ignorable: true }),
          topicId: uuid({ versions: '10+', ignorable: true }),
          partitions: array({
            partitionIndex: int32(),
            committedOffset: int64({ clamp: true }), // -1: none
            committedLeaderEpoch: int32({ default: -1 }),
            metadata: string({ nullable: '0+' }),
            errorCode: int16(),
          }),
        }),
        errorCode: int16(),
      },
      { versions: '8+' },
    ),
  },
);
export type OffsetFetchResponse = Infer<typeof offsetFetchResponse>;

export const offsetFetchApi = api(9, 'OffsetFetch', offsetFetchRequest, offsetFetchResponse);
