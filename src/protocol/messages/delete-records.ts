/**
 * DeleteRecords (21): raises the log start offset of partitions.
 *
 *   v2 flexible
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, int64, message, string } from '../schema.ts';

export const deleteRecordsRequest = message(
  { name: 'DeleteRecordsRequest', versions: '0-2', flexible: '2+' },
  {
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        offset: int64({ clamp: true }), // the new log start offset; -1: the high watermark
      }),
    }),
    timeoutMs: int32(),
  },
);
export type DeleteRecordsRequest = Infer<typeof deleteRecordsRequest>;

export const deleteRecordsResponse = message(
  { name: 'DeleteRecordsResponse', versions: '0-2', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        lowWatermark: int64(), // the log start offset that is now in force; -1: an error
        errorCode: int16(),
      }),
    }),
  },
);
export type DeleteRecordsResponse = Infer<typeof deleteRecordsResponse>;

export const deleteRecordsApi = api(21, 'DeleteRecords', deleteRecordsRequest, deleteRecordsResponse);
