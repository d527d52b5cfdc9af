/**
 * DescribeProducers (61): the producers that a partition remembers (KIP-664). Flexible from v0.
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, int64, message, string } from '../schema.ts';

export const describeProducersRequest = message(
  { name: 'DescribeProducersRequest', versions: '0', flexible: '0+' },
  {
    topics: array({
      name: string(),
      partitionIndexes: array(int32()),
    }),
  },
);
export type DescribeProducersRequest = Infer<typeof describeProducersRequest>;

export const describeProducersResponse = message(
  { name: 'DescribeProducersResponse', versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        activeProducers: array({
          producerId: int64(),
          producerEpoch: int32(),
          lastSequence: int32({ default: -1 }), // -1: none
          lastTimestamp: int64({ default: -1 }),
          coordinatorEpoch: int32(),
          currentTxnStartOffset: int64({ default: -1 }), // -1: no open transaction
        }),
      }),
    }),
  },
);
export type DescribeProducersResponse = Infer<typeof describeProducersResponse>;

export const describeProducersApi = api(
  61,
  'DescribeProducers',
  describeProducersRequest,
  describeProducersResponse,
);
