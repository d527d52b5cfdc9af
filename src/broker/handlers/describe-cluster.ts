/**
 * DescribeCluster: v0–v2. One broker, which is the controller too.
 */
import { describeClusterApi, KafkaError } from '../../protocol/index.ts';
import { handler } from '../handler.ts';

const BROKERS = 1;
const CONTROLLERS = 2;
/** No authorised operations were asked for. */
const NOT_ASKED = -2147483648;

export const describeCluster = handler(
  describeClusterApi,
  [0, 2],
  ['identity'],
  (broker, request, context) => {
    const { nodeId, clusterId } = broker.identity;
    const head = {
      endpointType: request.endpointType,
      clusterId,
      controllerId: nodeId,
      clusterAuthorizedOperations: NOT_ASKED,
    };
    if (request.endpointType !== BROKERS) {
      const name =
        request.endpointType === CONTROLLERS ? 'MISMATCHED_ENDPOINT_TYPE' : 'UNSUPPORTED_ENDPOINT_TYPE';
      const error = new KafkaError(name, 'this listener speaks for brokers (endpoint type 1)');
      return { ...head, errorCode: error.code, errorMessage: error.explanation, brokers: [] };
    }
    const { host, port } = broker.identity.endpoint(context.listener);
    return {
      ...head,
      errorCode: 0,
      errorMessage: null,
      brokers: [{ brokerId: nodeId, host, port, rack: null, isFenced: false }],
    };
  },
);
