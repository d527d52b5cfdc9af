/**
 * CreateAcls (30): adds access rules. The numbers are listed in describe-acls.ts.
 *
 *   v1 prefixed patterns (KIP-290) · v2 flexible · v3 users as a resource (KIP-373)
 */
import { api } from '../api.ts';
import { type Infer, array, int8, int16, int32, message, string } from '../schema.ts';

export const createAclsRequest = message(
  { name: 'CreateAclsRequest', versions: '1-3', flexible: '2+' },
  {
    creations: array({
      resourceType: int8(),
      resourceName: string(),
      resourcePatternType: int8({ default: 3 }),
      principal: string(),
      host: string(),
      operation: int8(),
      permissionType: int8(),
    }),
  },
);
export type CreateAclsRequest = Infer<typeof createAclsRequest>;

export const createAclsResponse = message(
  { name: 'CreateAclsResponse', versions: '1-3', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    // in the order of the request
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
    }),
  },
);
export type CreateAclsResponse = Infer<typeof createAclsResponse>;

export const createAclsApi = api(30, 'CreateAcls', createAclsRequest, createAclsResponse);
