/**
 * CreateTopics (19): creates topics, or only checks whether they could be created.
 *
 *   v4 defaults of the broker for partitions and replicas (KIP-464) · v5 flexible; the settings of the new topic (KIP-525)
 *   v6 THROTTLING_QUOTA_EXCEEDED (KIP-599) · v7 topic ids (KIP-516)
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int8, int16, int32, message, string, uuid } from '../schema.ts';

export const createTopicsRequest = message(
  { name: 'CreateTopicsRequest', versions: '2-7', flexible: '5+' },
  {
    topics: array({
      name: string(),
      numPartitions: int32(), // -1: as the broker sets, or given by the assignments
      replicationFactor: int16(), // -1: as the broker sets, or given by the assignments
      // replicas by hand, instead of the two counts
      assignments: array({
        partitionIndex: int32(),
        brokerIds: array(int32()),
      }),
      configs: array({
        name: string(),
        value: string({ nullable: '0+' }),
      }),
    }),
    timeoutMs: int32({ default: 60000 }),
    validateOnly: boolean(),
  },
);
export type CreateTopicsRequest = Infer<typeof createTopicsRequest>;

export const createTopicsResponse = message(
  { name: 'CreateTopicsResponse', versions: '2-7', flexible: '5+' },
  {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      topicId: uuid({ versions: '7+', ignorable: true }),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      // why the settings below may not be shown
      topicConfigErrorCode: int16({ versions: '5+', tag: 0, ignorable: true }),
      numPartitions: int32({ versions: '5+', default: -1, ignorable: true }),
      replicationFactor: int16({ versions: '5+', default: -1, ignorable: true }),
      // null: not shown
      configs: array(
        {
          name: string(),
          value: string({ nullable: '0+' }),
          readOnly: boolean(),
          configSource: int8({ default: -1 }), // see describe-configs.ts
          isSensitive: boolean(),
        },
        { versions: '5+', nullable: '5+', ignorable: true },
      ),
    }),
  },
);
export type CreateTopicsResponse = Infer<typeof createTopicsResponse>;

export const createTopicsApi = api(19, 'CreateTopics', createTopicsRequest, createTopicsResponse);
