/**
 * AlterPartitionReassignments (45): gives partitions other replicas, or cancels that (KIP-455). Flexible from v0.
 *
 * Versions: 1 says whether the number of replicas may change (KIP-860).
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int16, int32, message, string } from '../schema.ts';

export const alterPartitionReassignmentsRequest = message(
  { name: 'AlterPartitionReassignmentsRequest', versions: '0-1', flexible: '0+' },
  {
    timeoutMs: int32({ default: 60000 }),
    allowReplicationFactorChange: boolean({ versions: '1+', default: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        // null: cancel what is on its way
        replicas: array(int32(), { nullable: '0+', default: null }),
      }),
    }),
  },
);
export type AlterPartitionReassignmentsRequest = Infer<typeof alterPartitionReassignmentsRequest>;

export const alterPartitionReassignmentsResponse = message(
  { name: 'AlterPartitionReassignmentsResponse', versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    allowReplicationFactorChange: boolean({ versions: '1+', default: true, ignorable: true }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    responses: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
      }),
    }),
  },
);
export type AlterPartitionReassignmentsResponse = Infer<typeof alterPartitionReassignmentsResponse>;

export const alterPartitionReassignmentsApi = api(
  45,
  'AlterPartitionReassignments',
  alterPartitionReassignmentsRequest,
  alterPartitionReassignmentsResponse,
);
