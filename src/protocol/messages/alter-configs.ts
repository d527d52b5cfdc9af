/**
 * AlterConfigs (33): replaces all dynamic settings of resources; what is not named falls back to its default.
 * IncrementalAlterConfigs took its place, but older clients still send this.
 *
 *   v2 flexible
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int8, int16, int32, message, string } from '../schema.ts';

export const alterConfigsRequest = message(
  { name: 'AlterConfigsRequest', versions: '0-2', flexible: '2+' },
  {
    resources: array({
      resourceType: int8(), // as in describe-configs.ts
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: '0+' }), // null: the default
      }),
    }),
    validateOnly: boolean(),
  },
);
export type AlterConfigsRequest = Infer<typeof alterConfigsRequest>;

export const alterConfigsResponse = message(
  { name: 'AlterConfigsResponse', versions: '0-2', flexible: '2+' },
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
export type AlterConfigsResponse = Infer<typeof alterConfigsResponse>;

export const alterConfigsApi = api(33, 'AlterConfigs', alterConfigsRequest, alterConfigsResponse);
