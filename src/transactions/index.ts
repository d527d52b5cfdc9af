/** The door of transactions: transactional ids as a pure mind. Decides by the methods of TransactionMind, `replay`s its records. */
export { Decision, type Now, type Token } from './decision.ts';
export {
  type DescribedTransaction,
  type ListedTransaction,
  notDescribed,
  type TransactionFilter,
  unknownStates,
} from './describe.ts';
export { type EndQuestion, EPOCH_RISES_SINCE } from './end.ts';
export type { ProducerIdentity } from './identity.ts';
export type { InitQuestion } from './init.ts';
export { type IdentityAnswer, TransactionMind, type VerifyAnswer } from './mind.ts';
export type { PartitionsQuestion } from './partitions.ts';
export type {
  Ending,
  OpenTransaction,
  TopicPartition,
  TopicPartitions,
  TransactionLogValue,
  TransactionRecord,
} from './records.ts';
export { DEFAULT_TRANSACTION_SETTINGS, type TransactionSettings } from './settings.ts';
export { TRANSACTION_TRANSITIONS, type TransactionState } from './states.ts';
