/**
 * ListConfigResources (74): resources that have settings. Flexible from v0.
 *
 *   v0 client metrics only (KIP-714) · v1 any type (KIP-1142)
 */
import { api } from '../api.ts';
import { type Infer, array, int8, int16, int32, message, string } from '../schema.ts';

export const listConfigResourcesRequest = message(
  { name: 'ListConfigResourcesRequest', versions: '0-1', flexible: '0+' },
  {
    resourceTypes: array(int8(), { versions: '1+' }), // empty: all
  },
);
export type ListConfigResourcesRequest = Infer<typeof listConfigResourcesRequest>;

export const listConfigResourcesResponse = message(
  { name: 'ListConfigResourcesResponse', versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    configResources: array({
      resourceName: string(),
      // as in describe-configs.ts; 16: client metrics
      resourceType: int8({ versions: '1+', default: 16, ignorable: true }),
    }),
  },
);
export type ListConfigResourcesResponse = Infer<typeof listConfigResourcesResponse>;

export const listConfigResourcesApi = api(
  74,
  'ListConfigResources',
  listConfigResourcesRequest,
  listConfigResourcesResponse,
);
