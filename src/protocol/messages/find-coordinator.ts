/**
 * FindCoordinator (10): which broker coordinates a group, a transactional id or a share partition.
 *
 *   v1 the type of the key (KIP-98) · v3 flexible · v4 many keys in one request (KIP-699)
 *   v5 TRANSACTION_ABORTABLE (KIP-890) · v6 share groups (KIP-932)
 */
import { api } from '../api.ts';
import { type Infer, array, int8, int16, int32, message, string } from '../schema.ts';

export const findCoordinatorRequest = message(
  { name: 'FindCoordinatorRequest', versions: '0-6', flexible: '3+' },
  {
    key: string({ versions: '0-3' }),
    keyType: int8({ versions: '1+' }), // 0 group, 1 transaction, 2 share ("group:topicId:partition")
    coordinatorKeys: array(string(), { versions: '4+' }),
  },
);
export type FindCoordinatorRequest = Infer<typeof findCoordinatorRequest>;

export const findCoordinatorResponse = message(
  { name: 'FindCoordinatorResponse', versions: '0-6', flexible: '3+' },
  {
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16({ versions: '0-3' }),
    errorMessage: string({ versions: '1-3', nullable: '1-3', ignorable: true }),
    nodeId: int32({ versions: '0-3' }),
    host: string({ versions: '0-3' }),
    port: int32({ versions: '0-3' }),
    coordinators: array(
      {
        key: string(),
        nodeId: int32(),
        host: string(),
        port: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
      },
      { versions: '4+' },
    ),
  },
);
export type FindCoordinatorResponse = Infer<typeof findCoordinatorResponse>;

export const findCoordinatorApi = api(10, 'FindCoordinator', findCoordinatorRequest, findCoordinatorResponse);
