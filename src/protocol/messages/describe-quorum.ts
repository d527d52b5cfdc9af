/**
 * DescribeQuorum (55): who keeps the metadata log and how far each of them is (KIP-595). Flexible from v0.
 *
 *   v1 when a voter last fetched and was caught up (KIP-836) · v2 texts, nodes, directories (KIP-853)
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, int64, message, string, uint16, uuid } from '../schema.ts';

export const describeQuorumRequest = message(
  { name: 'DescribeQuorumRequest', versions: '0-2', flexible: '0+' },
  {
    topics: array({
      topicName: string(),
      partitions: array({ partitionIndex: int32() }),
    }),
  },
);
export type DescribeQuorumRequest = Infer<typeof describeQuorumRequest>;

const replicaState = {
  replicaId: int32(),
  replicaDirectoryId: uuid({ versions: '2+' }),
  logEndOffset: int64(),
  lastFetchTimestamp: int64({ versions: '1+', default: -1, ignorable: true }), // ms; -1: unknown
  lastCaughtUpTimestamp: int64({ versions: '1+', default: -1, ignorable: true }), // ms; -1: unknown
};

export const describeQuorumResponse = message(
  { name: 'DescribeQuorumResponse', versions: '0-2', flexible: '0+' },
  {
    errorCode: int16(),
    errorMessage: string({ versions: '2+', nullable: '2+', ignorable: true }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ versions: '2+', nullable: '2+', ignorable: true }),
        leaderId: int32(),
        leaderEpoch: int32(),
        highWatermark: int64(),
        currentVoters: array(replicaState),
        observers: array(replicaState),
      }),
    }),
    nodes: array(
      {
        nodeId: int32(),
        listeners: array({ name: string(), host: string(), port: uint16() }),
      },
      { versions: '2+' },
    ),
  },
);
export type DescribeQuorumResponse = Infer<typeof describeQuorumResponse>;

export const describeQuorumApi = api(55, 'DescribeQuorum', describeQuorumRequest, describeQuorumResponse);
