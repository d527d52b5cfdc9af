/**
 * OffsetDelete (47): removes committed offsets of topics that no member of the group consumes (KIP-496). Never flexible.
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, message, string } from '../schema.ts';

export const offsetDeleteRequest = message(
  { name: 'OffsetDeleteRequest', versions: '0', flexible: 'none' },
  {
    groupId: string(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  },
);
export type OffsetDeleteRequest = Infer<typeof offsetDeleteRequest>;

export const offsetDeleteResponse = message(
  { name: 'OffsetDeleteResponse', versions: '0', flexible: 'none' },
  {
    errorCode: int16(),
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
);
export type OffsetDeleteResponse = Infer<typeof offsetDeleteResponse>;

export const offsetDeleteApi = api(47, 'OffsetDelete', offsetDeleteRequest, offsetDeleteResponse);
