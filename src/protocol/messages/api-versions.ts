/**
 * ApiVersions (18): what this broker speaks. The first request of almost every client.
 *
 *   v1 throttle time · v3 flexible; names of the client software (KIP-511), features (KIP-584)
 *   v4 features with minimum 0 (KIP-1022) · v5 the client says which cluster and node it means to talk to (KIP-1242)
 *
 * The answer has the oldest header in every version, and answers a version that is too new in v0.
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int16, int32, int64, message, string } from '../schema.ts';

export const apiVersionsRequest = message(
  { name: 'ApiVersionsRequest', versions: '0-5', flexible: '3+' },
  {
    clientSoftwareName: string({ versions: '3+', ignorable: true }),
    clientSoftwareVersion: string({ versions: '3+', ignorable: true }),
    clusterId: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }), // null: not said
    nodeId: int32({ versions: '5+', default: -1, ignorable: true }), // -1: not said
  },
);
export type ApiVersionsRequest = Infer<typeof apiVersionsRequest>;

export const apiVersionsResponse = message(
  { name: 'ApiVersionsResponse', versions: '0-5', flexible: '3+' },
  {
    errorCode: int16(),
    apiKeys: array({
      apiKey: int16(),
      minVersion: int16(),
      maxVersion: int16(),
    }),
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    supportedFeatures: array(
      {
        name: string(),
        minVersion: int16(),
        maxVersion: int16(),
      },
      { versions: '3+', tag: 0, ignorable: true },
    ),
    finalizedFeaturesEpoch: int64({ versions: '3+', tag: 1, default: -1, ignorable: true }), // -1: unknown
    finalizedFeatures: array(
      {
        name: string(),
        maxVersionLevel: int16(),
        minVersionLevel: int16(),
      },
      { versions: '3+', tag: 2, ignorable: true },
    ),
    zkMigrationReady: boolean({ versions: '3+', tag: 3, ignorable: true }),
  },
);
export type ApiVersionsResponse = Infer<typeof apiVersionsResponse>;

export const apiVersionsApi = api(18, 'ApiVersions', apiVersionsRequest, apiVersionsResponse);
