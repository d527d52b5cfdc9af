/**
 * Ending: the record that says how a transaction ended, and the markers that go into its frame.
 *
 * When one frame cannot hold both, `prepare` goes first, then the markers, then the record: a broker that stops in between
 * finds the prepared end at its next start and carries it out.
 */
import type { Decision } from './decision.ts';
import type { ProducerIdentity } from './identity.ts';
import type { TransactionRecord } from './records.ts';
import { NO_EPOCH, NO_ID, type Transaction } from './transaction.ts';

interface EndTerms {
  readonly isCommit: boolean;
  readonly marker: ProducerIdentity;
  readonly next: ProducerIdentity;
  readonly lastProducerEpoch: number;
  readonly clientVersion: number;
}

/** The record that says how it ended, with the markers that go into its frame. */
export function endingOf(decision: Decision, transaction: Transaction, terms: EndTerms): TransactionRecord {
  const { transactionalId, partitions, startMs } = transaction;
  const { isCommit, marker, next, lastProducerEpoch, clientVersion } = terms;
  const { wallMs } = decision.now;
  const change = { clientVersion, startMs: startMs < 0 ? wallMs : startMs };
  const complete = isCommit ? 'CompleteCommit' : 'CompleteAbort';
  const value = transaction.changed(complete, wallMs, { ...change, ...next });
  const nextProducerId = next.producerId === marker.producerId ? NO_ID : next.producerId;
  const prepared = { ...change, ...marker, partitions, nextProducerId };
  const prepare = transaction.isPreparing
    ? undefined
    : () => transaction.changed(isCommit ? 'PrepareCommit' : 'PrepareAbort', wallMs, prepared);
  return {
    type: 'transactionLog',
    key: { transactionalId },
    value,
    lastProducerEpoch,
    ending: { ...marker, isCommit, partitions, prepare },
  };
}

/**
 * Aborts an open transaction with an epoch above that of its producer. Nobody is told of it, but a producer that was only
 * late names the epoch that it had and goes on with this one (KIP-588); a new instance gets the next one.
 */
export function fenced(decision: Decision, transaction: Transaction): TransactionRecord {
  const identity = { producerId: transaction.producerId, producerEpoch: transaction.producerEpoch + 1 };
  return endingOf(decision, transaction, {
    isCommit: false,
    marker: identity,
    next: identity,
    lastProducerEpoch: transaction.producerEpoch,
    clientVersion: transaction.clientVersion,
  });
}

/** An end that was prepared before the broker stopped: carried out now. */
export function resumed(decision: Decision, transaction: Transaction): TransactionRecord {
  const { producerId, producerEpoch, nextProducerId, clientVersion } = transaction;
  const marker = { producerId, producerEpoch };
  return endingOf(decision, transaction, {
    isCommit: transaction.state === 'PrepareCommit',
    marker,
    next: nextProducerId === NO_ID ? marker : { producerId: nextProducerId, producerEpoch: 0 },
    lastProducerEpoch: NO_EPOCH,
    clientVersion,
  });
}
