/**
 * DeleteAcls (31): removes the access rules that match any of the filters. The numbers are listed in describe-acls.ts.
 *
 *   v1 prefixed patterns (KIP-290) · v2 flexible · v3 users as a resource (KIP-373)
 */
import { api } from '../api.ts';
import { type Infer, array, int8, int16, int32, message, string } from '../schema.ts';

export const deleteAclsRequest = message(
  { name: 'DeleteAclsRequest', versions: '1-3', flexible: '2+' },
  {
    filters: array({
      resourceTypeFilter: int8(),
      resourceNameFilter: string({ nullable: '0+' }), // null: any
      patternTypeFilter: int8({ default: 3 }),
      principalFilter: string({ nullable: '0+' }), // null: any
      hostFilter: string({ nullable: '0+' }), // null: any
      operation: int8(),
      permissionType: int8(),
    }),
  },
);
export type DeleteAclsRequest = Infer<typeof deleteAclsRequest>;

export const deleteAclsResponse = message(
  { name: 'DeleteAclsResponse', versions: '1-3', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    // in the order of the request
    filterResults: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      matchingAcls: array({
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
        resourceType: int8(),
        resourceName: string(),
        patternType: int8({ default: 3 }),
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
);
export type DeleteAclsResponse = Infer<typeof deleteAclsResponse>;

export const deleteAclsApi = api(31, 'DeleteAcls', deleteAclsRequest, deleteAclsResponse);
