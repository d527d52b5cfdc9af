/**
 * ApiVersions: v0-v5.
 *
 * Behaviour: computed from the table of handlers. A version above ours is answered in v0 with our range for this API
 * alone, so that the client can try again; that case is decided in dispatch, since the body cannot be read.
 * Version notes: v3 client software name; v5 cluster and node id of the broker that is meant (KIP-1242).
 */
import { apiVersionsApi, KafkaError } from '../../protocol/index.ts';
import { FEATURES, FINALIZED_FEATURES } from '../features.ts';
import { handler } from '../handler.ts';

const SOFTWARE_SINCE = 3;
const MEANT_BROKER_SINCE = 5;
const SOFTWARE_PATTERN = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

export const apiVersions = handler(
  apiVersionsApi,
  [0, 5],
  ['apis', 'identity'],
  (broker, request, context) => {
    const error = problemOf(broker.identity, request, context.version);
    if (error !== undefined) return { errorCode: error.code, apiKeys: [] };
    return {
      errorCode: 0,
      apiKeys: [...broker.apis],
      supportedFeatures: [...FEATURES],
      finalizedFeaturesEpoch: 0,
      finalizedFeatures: FINALIZED_FEATURES,
    };
  },
);

interface Meant {
  readonly clientSoftwareName: string;
  readonly clientSoftwareVersion: string;
  readonly clusterId?: string | null;
  readonly nodeId?: number;
}

function problemOf(
  identity: { nodeId: number; clusterId: string },
  request: Meant,
  version: number,
): KafkaError | undefined {
  if (version >= SOFTWARE_SINCE)
    for (const text of [request.clientSoftwareName, request.clientSoftwareVersion])
      if (!SOFTWARE_PATTERN.test(text))
        return new KafkaError('INVALID_REQUEST', `'${text}' names no client software`);
  if (version < MEANT_BROKER_SINCE) return undefined;
  const { clusterId = null, nodeId = -1 } = request;
  if ((clusterId === null) !== nodeId < 0)
    return new KafkaError('INVALID_REQUEST', 'cluster id and node id come together');
  if (clusterId !== null && (clusterId !== identity.clusterId || nodeId !== identity.nodeId))
    return new KafkaError(
      'REBOOTSTRAP_REQUIRED',
      `this is broker ${identity.nodeId} of cluster ${identity.clusterId}`,
    );
  return undefined;
}
