/** Advice: what to do about an error, in one sentence for the person who reads `gregor why`. */
import { ERRORS, type ErrorName } from '../protocol/index.ts';

type Advice = (topic: string) => string;

const ADVICE: Readonly<Partial<Record<ErrorName, Advice>>> = {
  INVALID_RECORD: (topic) =>
    `Mend what the producer sends, or see what the topic asks for: gregor topic describe ${topic}`,
  MESSAGE_TOO_LARGE: (topic) =>
    `Let the producer make smaller batches (max.request.size, batch.size), or raise max.message.bytes of ${topic}.`,
  RECORD_LIST_TOO_LARGE: (topic) =>
    `Raise segment.bytes of ${topic}, or let the producer make smaller batches.`,
  CORRUPT_MESSAGE: () =>
    'The bytes changed on their way, or the client computes the checksum wrongly: update it.',
  INVALID_TIMESTAMP: (topic) =>
    `Set the clock of the producer, or message.timestamp.before.max.ms and message.timestamp.after.max.ms of ${topic}.`,
  INVALID_REQUIRED_ACKS: () => 'Set acks of the producer to 0, 1 or all.',
  UNSUPPORTED_COMPRESSION_TYPE: () => 'Update the client, or let it compress with another codec.',
  UNSUPPORTED_VERSION: () => 'Update the client: it asks for a version of the protocol that is not served.',
  INVALID_REQUEST: () => 'The request contradicts the protocol: update the client, or report it there.',
  UNKNOWN_TOPIC_OR_PARTITION: (topic) =>
    `Make the topic, or mend its name in the client: gregor topic create ${topic}`,
  UNKNOWN_TOPIC_ID: () =>
    'The topic was deleted or made anew; clients that ask for metadata again find the new one.',
  INVALID_TOPIC_EXCEPTION: () =>
    "Use letters, digits, dot, underscore and dash; the broker's own topics are not written by clients.",
  TOPIC_ALREADY_EXISTS: (topic) => `It is there: gregor topic describe ${topic}`,
  OUT_OF_ORDER_SEQUENCE_NUMBER: () =>
    'A batch before this one was refused or lost. Clients go on by themselves; if not, start the producer anew.',
  DUPLICATE_SEQUENCE_NUMBER: () => 'Nothing: the batch is in the log.',
  INVALID_PRODUCER_EPOCH: () =>
    'Another instance of this producer has begun: run one for each transactional id.',
  PRODUCER_FENCED: () => 'Another instance of this producer has begun: run one for each transactional id.',
  INVALID_PRODUCER_ID_MAPPING: () =>
    'Its transactional id has expired or belongs to another: start the producer anew.',
  INVALID_TXN_STATE: () => 'Abort the transaction and begin another one; if that repeats, update the client.',
  TRANSACTION_ABORTABLE: () => 'Abort the transaction and begin another one.',
  INVALID_TRANSACTION_TIMEOUT: () =>
    'Lower transaction.timeout.ms of the producer, or raise transaction.max.timeout.ms here.',
  KAFKA_STORAGE_ERROR: () => 'Look at the disk: gregor status',
  OFFSET_OUT_OF_RANGE: () =>
    'The records are gone (retention) or not there yet: the consumer begins where auto.offset.reset says.',
  INVALID_CONFIG: () => 'Mend the setting as the reason says.',
  INVALID_PARTITIONS: () => 'Ask for another number of partitions.',
  INVALID_REPLICATION_FACTOR: () => 'Ask for one replica, or -1 for the default.',
  GROUP_MAX_SIZE_REACHED: () => 'Run fewer members, or raise group.max.size.',
  INVALID_SESSION_TIMEOUT: () =>
    'Set session.timeout.ms between group.min.session.timeout.ms and group.max.session.timeout.ms.',
  INCONSISTENT_GROUP_PROTOCOL: () => 'Let all members of the group have an assignor in common.',
  UNSUPPORTED_SASL_MECHANISM: () => 'Log in with a mechanism that the listener offers.',
};

export function adviceFor(error: ErrorName, topic: string | undefined): string {
  const advice = ADVICE[error]?.(topic ?? 'the topic');
  if (advice !== undefined) return advice;
  return ERRORS[error][1]
    ? 'Nothing, if it passes: the client tries again by itself.'
    : 'See docs/limits.md and the manual of the client.';
}
