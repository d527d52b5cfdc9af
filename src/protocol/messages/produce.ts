/**
 * Produce (0): appends record batches to partitions. With acks=0 there is no answer at all.
 *
 *   v3 transactions, record batches of magic 2 (KIP-98) · v5 the log start offset in the answer · v7 zstd (KIP-110)
 *   v8 which records of a batch were refused, and why (KIP-467) · v9 flexible
 *   v10 the new leader beside NOT_LEADER_OR_FOLLOWER (KIP-951) · v11 TRANSACTION_ABORTABLE (KIP-890)
 *   v12 a batch adds its partition to the transaction by itself (KIP-890) · v13 topics by id (KIP-516)
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, int64, message, records, string, struct, uuid } from '../schema.ts';

export const produceRequest = message(
  { name: 'ProduceRequest', versions: '3-13', flexible: '9+' },
  {
    transactionalId: string({ nullable: '0+', default: null }),
    acks: int16(), // -1 all in-sync replicas, 1 the leader, 0 nobody
    timeoutMs: int32(),
    topicData: array({
      name: string({ versions: '3-12', ignorable: true }),
      topicId: uuid({ versions: '13+', ignorable: true }),
      partitionData: array({
        index: int32(),
        records: records({ nullable: '0+' }), // record batches, back to back
      }),
    }),
  },
);
export type ProduceRequest = Infer<typeof produceRequest>;

export const produceResponse = message(
  { name: 'ProduceResponse', versions: '3-13', flexible: '9+' },
  {
    responses: array({
      name: string({ versions: '3-12', ignorable: true }),
      topicId: uuid({ versions: '13+', ignorable: true }),
      partitionResponses: array({
        index: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        logAppendTimeMs: int64({ default: -1 }), // -1 unless the topic stamps records at their append
        logStartOffset: int64({ versions: '5+', default: -1, ignorable: true }),
        // what was wrong with single records; the batch as a whole was refused
        recordErrors: array(
          {
            batchIndex: int32(), // the index of the record within its batch
            batchIndexErrorMessage: string({ nullable: '0+', default: null }),
          },
          { versions: '8+', ignorable: true },
        ),
        errorMessage: string({ versions: '8+', nullable: '8+', default: null, ignorable: true }),
        // only beside NOT_LEADER_OR_FOLLOWER and FENCED_LEADER_EPOCH
        currentLeader: struct(
          {
            leaderId: int32({ default: -1 }),
            leaderEpoch: int32({ default: -1 }),
          },
          { versions: '10+', tag: 0 },
        ),
      }),
    }),
    throttleTimeMs: int32(),
    // where the current leaders of this answer live
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: string({ nullable: '0+', default: null }),
      },
      { versions: '10+', tag: 0 },
    ),
  },
);
export type ProduceResponse = Infer<typeof produceResponse>;

export const produceApi = api(0, 'Produce', produceRequest, produceResponse);
