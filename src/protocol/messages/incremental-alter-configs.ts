/**
 * IncrementalAlterConfigs (44): changes single settings of resources (KIP-339).
 *
 *   v1 flexible
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int8, int16, int32, message, string } from '../schema.ts';

export const incrementalAlterConfigsRequest = message(
  { name: 'IncrementalAlterConfigsRequest', versions: '0-1', flexible: '1+' },
  {
    resources: array({
      resourceType: int8(), // as in describe-configs.ts
      resourceName: string(),
      configs: array({
        name: string(),
        configOperation: int8(), // 0 set, 1 delete, 2 append to a list, 3 subtract from it
        value: string({ nullable: '0+' }),
      }),
    }),
    validateOnly: boolean(),
  },
);
export type IncrementalAlterConfigsRequest = Infer<typeof incrementalAlterConfigsRequest>;

export const incrementalAlterConfigsResponse = message(
  { name: 'IncrementalAlterConfigsResponse', versions: '0-1', flexible: '1+' },
  {
    throttleTimeMs: int32(),
    responses: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      resourceType: int8(),
      resourceName: string(),
    }),
  },
);
export type IncrementalAlterConfigsResponse = Infer<typeof incrementalAlterConfigsResponse>;

export const incrementalAlterConfigsApi = api(
  44,
  'IncrementalAlterConfigs',
  incrementalAlterConfigsRequest,
  incrementalAlterConfigsResponse,
);
