/**
 * Metadata (3): brokers, topics, partitions and their leaders; may create topics on the way.
 *
 *   v1 racks, controller, internal topics; null means all topics · v2 cluster id · v4 the client may forbid creation (KIP-204)
 *   v5 offline replicas (KIP-112) · v7 leader epochs (KIP-320) · v8 authorized operations (KIP-430) · v9 flexible
 *   v10 topic ids (KIP-516) · v11 the cluster's operations have moved to DescribeCluster (KIP-700)
 *   v12 topics may be asked for by id · v13 an error for the whole request (KIP-1102)
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int16, int32, message, string, uuid } from '../schema.ts';

export const metadataRequest = message(
  { name: 'MetadataRequest', versions: '0-13', flexible: '9+' },
  {
    // null: all topics (in v0 an empty list means so)
    topics: array(
      {
        topicId: uuid({ versions: '10+', ignorable: true }),
        name: string({ nullable: '10+' }), // null: asked for by id
      },
      { nullable: '1+' },
    ),
    allowAutoTopicCreation: boolean({ versions: '4+', default: true }),
    includeClusterAuthorizedOperations: boolean({ versions: '8-10' }),
    includeTopicAuthorizedOperations: boolean({ versions: '8+' }),
  },
);
export type MetadataRequest = Infer<typeof metadataRequest>;

export const metadataResponse = message(
  { name: 'MetadataResponse', versions: '0-13', flexible: '9+' },
  {
    throttleTimeMs: int32({ versions: '3+', ignorable: true }),
    brokers: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ versions: '1+', nullable: '1+', default: null, ignorable: true }),
    }),
    clusterId: string({ versions: '2+', nullable: '2+', default: null, ignorable: true }),
    controllerId: int32({ versions: '1+', default: -1, ignorable: true }), // -1: unknown
    topics: array({
      errorCode: int16(),
      name: string({ nullable: '12+' }), // null: asked for by an id that is not known
      topicId: uuid({ versions: '10+', ignorable: true }),
      isInternal: boolean({ versions: '1+', ignorable: true }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(), // -1: none
        leaderEpoch: int32({ versions: '7+', default: -1, ignorable: true }),
        replicaNodes: array(int32()),
        isrNodes: array(int32()), // the in-sync replicas
        offlineReplicas: array(int32(), { versions: '5+', ignorable: true }),
      }),
      // a bit for each operation; the smallest int32: not asked for
      topicAuthorizedOperations: int32({ versions: '8+', default: -2147483648 }),
    }),
    clusterAuthorizedOperations: int32({ versions: '8-10', default: -2147483648 }), // as those of topics
    errorCode: int16({ versions: '13+', ignorable: true }),
  },
);
export type MetadataResponse = Infer<typeof metadataResponse>;

export const metadataApi = api(3, 'Metadata', metadataRequest, metadataResponse);
