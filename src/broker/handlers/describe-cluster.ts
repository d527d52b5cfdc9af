/**
 * DescribeCluster: v0-v2. One broker, which is the controller too.
 */
import { describeClusterApi, KafkaError } from '../../protocol/index.ts';
import { CLUSTER_OPERATIONS, NOT_ASKED } from '../authorized-operations.ts';
import { handler } from '../handler.ts';

const BROKERS = 1;
const CONTROLLERS = 2;

export const describeCluster = handler(
  describeClusterApi,
  [0, 2],
  ['identity', 'configs'],
  (broker, request, context) => {
    const { nodeId, clusterId } = broker.identity;
    if (request.endpointType !== BROKERS) {
      const name =
        request.endpointType === CONTROLLERS ? 'MISMATCHED_ENDPOINT_TYPE' : 'UNSUPPORTED_ENDPOINT_TYPE';
      const error = new KafkaError(name, 'this listener speaks for brokers (endpoint type 1)');
      return { errorCode: error.code, errorMessage: error.explanation, clusterId, brokers: [] };
    }
    const { host, port } = broker.identity.endpoint(context.listener);
    return {
      errorCode: 0,
      errorMessage: null,
      endpointType: BROKERS,
      clusterId,
      controllerId: nodeId,
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? CLUSTER_OPERATIONS
        : NOT_ASKED,
      brokers: [
        { brokerId: nodeId, host, port, rack: broker.configs.broker['broker.rack'], isFenced: false },
      ],
    };
  },
);
