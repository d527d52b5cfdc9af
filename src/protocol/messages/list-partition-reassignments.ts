/**
 * ListPartitionReassignments (46): partitions whose replicas are being moved (KIP-455). Flexible from v0.
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, message, string } from '../schema.ts';

export const listPartitionReassignmentsRequest = message(
  { name: 'ListPartitionReassignmentsRequest', versions: '0', flexible: '0+' },
  {
    timeoutMs: int32({ default: 60000 }),
    // null: all
    topics: array(
      {
        name: string(),
        partitionIndexes: array(int32()),
      },
      { nullable: '0+', default: null },
    ),
  },
);
export type ListPartitionReassignmentsRequest = Infer<typeof listPartitionReassignmentsRequest>;

export const listPartitionReassignmentsResponse = message(
  { name: 'ListPartitionReassignmentsResponse', versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: array(int32()),
        addingReplicas: array(int32()),
        removingReplicas: array(int32()),
      }),
    }),
  },
);
export type ListPartitionReassignmentsResponse = Infer<typeof listPartitionReassignmentsResponse>;

export const listPartitionReassignmentsApi = api(
  46,
  'ListPartitionReassignments',
  listPartitionReassignmentsRequest,
  listPartitionReassignmentsResponse,
);
