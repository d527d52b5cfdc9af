/**
 * DescribeAcls (29): the access rules that match a filter.
 *
 *   v1 prefixed patterns (KIP-290) · v2 flexible · v3 users as a resource (KIP-373)
 *
 * Resource types: 1 any, 2 topic, 3 group, 4 cluster, 5 transactional id, 6 delegation token, 7 user. Pattern types: 1 any,
 * 2 match, 3 literal, 4 prefixed. Operations: 1 any, 2 all, 3 read, 4 write, 5 create, 6 delete, 7 alter, 8 describe,
 * 9 cluster action, 10 describe configs, 11 alter configs, 12 idempotent write, 13 create tokens, 14 describe tokens,
 * 15 two-phase commit. Permissions: 1 any, 2 deny, 3 allow.
 */
import { api } from '../api.ts';
import { type Infer, array, int8, int16, int32, message, string } from '../schema.ts';

export const describeAclsRequest = message(
  { name: 'DescribeAclsRequest', versions: '1-3', flexible: '2+' },
  {
    resourceTypeFilter: int8(),
    resourceNameFilter: string({ nullable: '0+' }), // null: any
    patternTypeFilter: int8({ default: 3 }),
    principalFilter: string({ nullable: '0+' }), // null: any
    hostFilter: string({ nullable: '0+' }), // null: any
    operation: int8(),
    permissionType: int8(),
  },
);
export type DescribeAclsRequest = Infer<typeof describeAclsRequest>;

export const describeAclsResponse = message(
  { name: 'DescribeAclsResponse', versions: '1-3', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      patternType: int8({ default: 3 }),
      acls: array({
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
);
export type DescribeAclsResponse = Infer<typeof describeAclsResponse>;

export const describeAclsApi = api(29, 'DescribeAcls', describeAclsRequest, describeAclsResponse);
