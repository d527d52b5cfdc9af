/**
 * DescribeCluster (60): cluster id, controller and brokers, for administrators (KIP-700). Flexible from v0.
 *
 *   v1 brokers or controllers (KIP-919) · v2 fenced brokers (KIP-1073)
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int8, int16, int32, message, string } from '../schema.ts';

export const describeClusterRequest = message(
  { name: 'DescribeClusterRequest', versions: '0-2', flexible: '0+' },
  {
    includeClusterAuthorizedOperations: boolean(),
    endpointType: int8({ versions: '1+', default: 1 }), // 1 brokers, 2 controllers
    includeFencedBrokers: boolean({ versions: '2+' }),
  },
);
export type DescribeClusterRequest = Infer<typeof describeClusterRequest>;

export const describeClusterResponse = message(
  { name: 'DescribeClusterResponse', versions: '0-2', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    endpointType: int8({ versions: '1+', default: 1 }), // 1 brokers, 2 controllers
    clusterId: string(),
    controllerId: int32({ default: -1 }), // -1: unknown
    brokers: array({
      brokerId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: '0+', default: null }),
      isFenced: boolean({ versions: '2+' }),
    }),
    // a bit for each operation; the smallest int32: not asked for
    clusterAuthorizedOperations: int32({ default: -2147483648 }),
  },
);
export type DescribeClusterResponse = Infer<typeof describeClusterResponse>;

export const describeClusterApi = api(60, 'DescribeCluster', describeClusterRequest, describeClusterResponse);
