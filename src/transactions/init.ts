/**
 * InitProducerId with a transactional id: gives the producer its id and epoch, and fences all that had them before.
 *
 *   no epoch named     a new instance: the epoch rises, older instances are fenced
 *   (id, epoch) named  the present instance raises its own epoch after an error (KIP-360); repeated, it hears the same
 *   while Ongoing      the transaction is aborted with a higher epoch; the client asks again
 */
import { KafkaError } from '../protocol/index.ts';
import type { Decision } from './decision.ts';
import { fenced } from './ending.ts';
import { NeedsProducerId, type ProducerIdentity } from './identity.ts';
import type { TransactionSettings } from './settings.ts';
import { EPOCH_LAST, NO_EPOCH, NO_ID, Transaction } from './transaction.ts';

export interface InitQuestion {
  readonly transactionalId: string;
  readonly timeoutMs: number;
  /** -1, -1: none named. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly enable2Pc: boolean;
  readonly keepPreparedTxn: boolean;
}

export function checkInit(question: InitQuestion, settings: TransactionSettings): void {
  const { transactionalId, timeoutMs, producerId, producerEpoch, enable2Pc, keepPreparedTxn } = question;
  if (transactionalId === '') throw new KafkaError('INVALID_REQUEST', 'the transactional id is empty');
  if (producerId < 0 !== producerEpoch < 0)
    throw new KafkaError('INVALID_REQUEST', 'producer id and epoch come together');
  if (enable2Pc && !settings.isTwoPhaseCommitEnabled)
    throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'two-phase commit is not enabled');
  if (keepPreparedTxn)
    throw new KafkaError('UNSUPPORTED_VERSION', 'prepared transactions cannot be kept (KIP-939)');
  if (timeoutMs <= 0 || timeoutMs > settings.timeoutMaxMs)
    throw new KafkaError(
      'INVALID_TRANSACTION_TIMEOUT',
      `timeout ${timeoutMs} ms; transaction.max.timeout.ms is ${settings.timeoutMaxMs}`,
    );
}

/** Who the producer is from now on. Throws KafkaError, or NeedsProducerId when `newProducerId` is missing. */
export function init(
  decision: Decision,
  known: Transaction | undefined,
  question: InitQuestion,
  newProducerId: number | undefined,
): ProducerIdentity {
  const transaction = known ?? new Transaction(question.transactionalId);
  const isNamed = question.producerId !== NO_ID;
  if (known === undefined) return renew(decision, transaction, question, newProducerId, NO_EPOCH);
  if (isNamed) checkNamed(transaction, question);
  if (transaction.isPreparing) throw new KafkaError('CONCURRENT_TRANSACTIONS');
  if (transaction.state === 'Ongoing') {
    decision.write(fenced(decision, transaction));
    throw new KafkaError('CONCURRENT_TRANSACTIONS', 'the open transaction was aborted; ask again');
  }
  const { producerId, producerEpoch } = transaction;
  if (isNamed && question.producerEpoch !== producerEpoch && producerEpoch <= EPOCH_LAST) {
    // The answer got lost, or the broker ended its transaction: it goes on with the epoch that was raised then.
    const same = { producerId, producerEpoch };
    return write(decision, transaction, question, same, transaction.lastProducerEpoch);
  }
  const lastEpoch = isNamed ? question.producerEpoch : NO_EPOCH;
  if (transaction.isEpochUsedUp) return renew(decision, transaction, question, newProducerId, lastEpoch);
  return write(decision, transaction, question, { producerId, producerEpoch: producerEpoch + 1 }, lastEpoch);
}

/** Older instances are refused before anything happens (T7). */
function checkNamed(transaction: Transaction, { producerId, producerEpoch }: InitQuestion): void {
  const isPresent =
    producerId === transaction.producerId &&
    (producerEpoch === transaction.producerEpoch || producerEpoch === transaction.lastProducerEpoch);
  const isOverflowed =
    producerId === transaction.previousProducerId &&
    producerEpoch === EPOCH_LAST &&
    producerEpoch === transaction.lastProducerEpoch;
  if (!isPresent && !isOverflowed) throw new KafkaError('PRODUCER_FENCED');
}

function renew(
  decision: Decision,
  transaction: Transaction,
  question: InitQuestion,
  newProducerId: number | undefined,
  lastEpoch: number,
): ProducerIdentity {
  if (newProducerId === undefined) throw new NeedsProducerId();
  return write(decision, transaction, question, { producerId: newProducerId, producerEpoch: 0 }, lastEpoch);
}

function write(
  decision: Decision,
  transaction: Transaction,
  { transactionalId, timeoutMs }: InitQuestion,
  identity: ProducerIdentity,
  lastProducerEpoch: number,
): ProducerIdentity {
  const change = { ...identity, timeoutMs, startMs: -1 };
  const value = transaction.changed('Empty', decision.now.wallMs, change);
  decision.write({ type: 'transactionLog', key: { transactionalId }, value, lastProducerEpoch });
  return identity;
}
