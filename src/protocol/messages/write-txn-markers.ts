/**
 * WriteTxnMarkers (27): the transaction coordinator ends a transaction on the partitions that took part.
 *
 *   v1 flexible · v2 the version of the transaction protocol (KIP-1228)
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int8, int16, int32, int64, message, string } from '../schema.ts';

export const writeTxnMarkersRequest = message(
  { name: 'WriteTxnMarkersRequest', versions: '1-2', flexible: '1+' },
  {
    markers: array({
      producerId: int64(),
      producerEpoch: int16(),
      transactionResult: boolean(), // false: abort
      topics: array({
        name: string(),
        partitionIndexes: array(int32()),
      }),
      coordinatorEpoch: int32(),
      // 2: the epoch was raised for this marker
      transactionVersion: int8({ versions: '2+', ignorable: true }),
    }),
  },
);
export type WriteTxnMarkersRequest = Infer<typeof writeTxnMarkersRequest>;

export const writeTxnMarkersResponse = message(
  { name: 'WriteTxnMarkersResponse', versions: '1-2', flexible: '1+' },
  {
    markers: array({
      producerId: int64(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16(),
        }),
      }),
    }),
  },
);
export type WriteTxnMarkersResponse = Infer<typeof writeTxnMarkersResponse>;

export const writeTxnMarkersApi = api(27, 'WriteTxnMarkers', writeTxnMarkersRequest, writeTxnMarkersResponse);
