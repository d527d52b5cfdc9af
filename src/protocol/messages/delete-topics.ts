/**
 * DeleteTopics (20): deletes topics by name, or by id.
 *
 *   v1 throttle time · v4 flexible · v5 error messages, THROTTLING_QUOTA_EXCEEDED (KIP-599) · v6 topic ids (KIP-516)
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, message, string, uuid } from '../schema.ts';

export const deleteTopicsRequest = message(
  { name: 'DeleteTopicsRequest', versions: '1-6', flexible: '4+' },
  {
    topics: array(
      {
        name: string({ nullable: '0+', default: null }), // null: by id
        topicId: uuid(),
      },
      { versions: '6+' },
    ),
    topicNames: array(string(), { versions: '1-5', ignorable: true }),
    timeoutMs: int32(),
  },
);
export type DeleteTopicsRequest = Infer<typeof deleteTopicsRequest>;

export const deleteTopicsResponse = message(
  { name: 'DeleteTopicsResponse', versions: '1-6', flexible: '4+' },
  {
    throttleTimeMs: int32(),
    responses: array({
      name: string({ nullable: '6+' }), // null: asked for by an id that is not known
      topicId: uuid({ versions: '6+', ignorable: true }),
      errorCode: int16(),
      errorMessage: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    }),
  },
);
export type DeleteTopicsResponse = Infer<typeof deleteTopicsResponse>;

export const deleteTopicsApi = api(20, 'DeleteTopics', deleteTopicsRequest, deleteTopicsResponse);
