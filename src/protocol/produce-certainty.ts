/**
 * Produce certainty: what an error code says about the batch (guarantee D4). The broker keeps to this table, the simulator
 * holds it against the log: a batch that was refused for good and is found later is a broken promise.
 *
 *   definite     nothing was written, and nothing will be: the same records may be sent anew as others
 *   indefinite   the batch may be in the log, now or later: only an idempotent retry is safe
 *   appended     it was written before; clients take it for success
 */
import type { ErrorName } from './errors.ts';

export type Certainty = 'definite' | 'indefinite' | 'appended';

/** The text in the message of a storage error that was raised before anything had a place. */
export const NOTHING_WRITTEN = 'nothing was written';

export const PRODUCE_CERTAINTY: Readonly<Partial<Record<ErrorName, Certainty>>> = {
  CORRUPT_MESSAGE: 'definite',
  MESSAGE_TOO_LARGE: 'definite',
  RECORD_LIST_TOO_LARGE: 'definite',
  INVALID_RECORD: 'definite',
  INVALID_TIMESTAMP: 'definite',
  INVALID_REQUEST: 'definite',
  INVALID_TOPIC_EXCEPTION: 'definite',
  UNSUPPORTED_COMPRESSION_TYPE: 'definite',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'definite',
  UNKNOWN_TOPIC_OR_PARTITION: 'definite',
  UNKNOWN_TOPIC_ID: 'definite',
  TOPIC_AUTHORIZATION_FAILED: 'definite',
  INVALID_REQUIRED_ACKS: 'definite',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'definite',
  INVALID_PRODUCER_EPOCH: 'definite',
  UNKNOWN_PRODUCER_ID: 'definite',
  INVALID_PRODUCER_ID_MAPPING: 'definite',
  INVALID_TXN_STATE: 'definite',
  POLICY_VIOLATION: 'definite',
  // Unlike in Kafka (KAFKA-13574): checked before anything is appended.
  NOT_LEADER_OR_FOLLOWER: 'definite',
  FENCED_LEADER_EPOCH: 'definite',
  // Only said of a batch that waits for another transaction (a topic that deduplicates), before anything is appended.
  NOT_ENOUGH_REPLICAS: 'definite',
  KAFKA_STORAGE_ERROR: 'indefinite',
  REQUEST_TIMED_OUT: 'indefinite',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'indefinite',
  UNKNOWN_SERVER_ERROR: 'indefinite',
  DUPLICATE_SEQUENCE_NUMBER: 'appended',
};

/** `message` is the answer's error message: a full disk is told from a broken one by it. */
export function produceCertainty(error: ErrorName, message = ''): Certainty {
  if (error === 'KAFKA_STORAGE_ERROR' && message.includes(NOTHING_WRITTEN)) return 'definite';
  return PRODUCE_CERTAINTY[error] ?? 'indefinite';
}
