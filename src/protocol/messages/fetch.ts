/**
 * Fetch (1): reads record batches, and waits for them up to a limit.
 *
 *   v4 isolation levels, record batches of magic 2 (KIP-98) · v5 the log start offset · v7 fetch sessions (KIP-227)
 *   v9 fencing by leader epoch (KIP-320) · v10 zstd (KIP-110) · v11 reading from the closest replica (KIP-392)
 *   v12 flexible; truncation is detected while fetching (KIP-595) · v13 topics by id (KIP-516) · v14 tiered storage (KIP-405)
 *   v15 the state of a follower (KIP-903) · v16 endpoints of new leaders (KIP-951) · v17 directory ids (KIP-853)
 *   v18 the high watermark that a follower knows (KIP-1166)
 */
import { api } from '../api.ts';
import {
  type Infer,
  array,
  int8,
  int16,
  int32,
  int64,
  message,
  records,
  string,
  struct,
  uuid,
} from '../schema.ts';

export const fetchRequest = message(
  { name: 'FetchRequest', versions: '4-18', flexible: '12+' },
  {
    // for voters of a controller quorum
    clusterId: string({ versions: '12+', nullable: '12+', tag: 0, default: null, ignorable: true }),
    replicaId: int32({ versions: '4-14', default: -1 }), // -1: a consumer
    replicaState: struct(
      {
        replicaId: int32({ default: -1 }),
        replicaEpoch: int64({ default: -1 }),
      },
      { versions: '15+', tag: 1 },
    ),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ default: 0x7fff_ffff }), // a bound that the first batch may exceed (KIP-74)
    isolationLevel: int8(), // 0 read_uncommitted, 1 read_committed
    sessionId: int32({ versions: '7+', ignorable: true }), // 0: none yet
    sessionEpoch: int32({ versions: '7+', default: -1, ignorable: true }), // -1 no session, 0 a new one
    topics: array({
      topic: string({ versions: '4-12', ignorable: true }),
      topicId: uuid({ versions: '13+', ignorable: true }),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ versions: '9+', default: -1, ignorable: true }),
        fetchOffset: int64({ clamp: true }), // clients probe with the largest int64
        // the epoch of the last record that the reader has; -1: not said
        lastFetchedEpoch: int32({ versions: '12+', default: -1 }),
        // of the follower; consumers leave it out
        logStartOffset: int64({ versions: '5+', default: -1, ignorable: true }),
        partitionMaxBytes: int32(), // a bound that the first batch may exceed (KIP-74)
        replicaDirectoryId: uuid({ versions: '17+', tag: 0, ignorable: true }),
        // the largest int64: the follower does not take part in KIP-1166
        highWatermark: int64({
          versions: '18+',
          tag: 1,
          default: Number.MAX_SAFE_INTEGER,
          clamp: true,
          ignorable: true,
        }),
      }),
    }),
    // partitions that leave the session
    forgottenTopicsData: array(
      {
        topic: string({ versions: '7-12', ignorable: true }),
        topicId: uuid({ versions: '13+', ignorable: true }),
        partitions: array(int32()),
      },
      { versions: '7+' },
    ),
    rackId: string({ versions: '11+', ignorable: true }),
  },
);
export type FetchRequest = Infer<typeof fetchRequest>;

export const fetchResponse = message(
  { name: 'FetchResponse', versions: '4-18', flexible: '12+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: '7+', ignorable: true }), // of the whole request or its session
    sessionId: int32({ versions: '7+' }),
    responses: array({
      topic: string({ versions: '4-12', ignorable: true }),
      topicId: uuid({ versions: '13+', ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        highWatermark: int64(), // exclusive
        lastStableOffset: int64({ default: -1 }), // exclusive
        logStartOffset: int64({ versions: '5+', default: -1, ignorable: true }),
        // where the reader's log and ours part
        divergingEpoch: struct(
          {
            epoch: int32({ default: -1 }),
            endOffset: int64({ default: -1 }),
          },
          { versions: '12+', tag: 0 },
        ),
        currentLeader: struct(
          {
            leaderId: int32({ default: -1 }),
            leaderEpoch: int32({ default: -1 }),
          },
          { versions: '12+', tag: 1 },
        ),
        // read this snapshot instead: the log starts later
        snapshotId: struct(
          {
            endOffset: int64({ default: -1 }),
            epoch: int32({ default: -1 }),
          },
          { versions: '12+', tag: 2 },
        ),
        // null for read_uncommitted
        abortedTransactions: array(
          {
            producerId: int64(),
            firstOffset: int64(),
          },
          { nullable: '0+' },
        ),
        preferredReadReplica: int32({ versions: '11+', default: -1 }), // ask this replica next time
        records: records({ nullable: '0+' }), // record batches, back to back; the last one may be cut
      }),
    }),
    // where the current leaders of this answer live
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: string({ nullable: '0+', default: null }),
      },
      { versions: '16+', tag: 0 },
    ),
  },
);
export type FetchResponse = Infer<typeof fetchResponse>;

export const fetchApi = api(1, 'Fetch', fetchRequest, fetchResponse);
