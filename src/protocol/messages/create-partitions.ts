/**
 * CreatePartitions (37): gives topics more partitions.
 *
 *   v2 flexible · v3 THROTTLING_QUOTA_EXCEEDED (KIP-599)
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int16, int32, message, string } from '../schema.ts';

export const createPartitionsRequest = message(
  { name: 'CreatePartitionsRequest', versions: '0-3', flexible: '2+' },
  {
    topics: array({
      name: string(),
      count: int32(), // the new total
      // null: the broker chooses the replicas; else those of the new partitions
      assignments: array(
        {
          brokerIds: array(int32()),
        },
        { nullable: '0+' },
      ),
    }),
    timeoutMs: int32(),
    validateOnly: boolean(),
  },
);
export type CreatePartitionsRequest = Infer<typeof createPartitionsRequest>;

export const createPartitionsResponse = message(
  { name: 'CreatePartitionsResponse', versions: '0-3', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    results: array({
      name: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
    }),
  },
);
export type CreatePartitionsResponse = Infer<typeof createPartitionsResponse>;

export const createPartitionsApi = api(
  37,
  'CreatePartitions',
  createPartitionsRequest,
  createPartitionsResponse,
);
