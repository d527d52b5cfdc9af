/**
 * EndTxn: commits or aborts. Both protocol generations, told apart by the version of the request:
 *
 *   v0-v4   the epoch stays; a repeated request hears what became of the transaction
 *   v5      every end raises the epoch (KIP-890), so nothing that is late can touch the next transaction; a request with the
 *           epoch before the present one is a repetition. An abort is allowed without anything to abort
 *
 *   state            v0-v4, same epoch   v5, present epoch      v5, the epoch before
 *   Ongoing          end                 end                    PRODUCER_FENCED
 *   Prepare, same    51                  PRODUCER_FENCED        51
 *   Prepare, other   48                  PRODUCER_FENCED        48
 *   Complete, same   said again          abort: end; else 48    said again
 *   Complete, other  48                  abort: end; else 48    48
 *   Empty            48                  abort: end; else 48    PRODUCER_FENCED
 */
import { KafkaError } from '../protocol/index.ts';
import type { Decision } from './decision.ts';
import { endingOf } from './ending.ts';
import { NeedsProducerId, type ProducerIdentity } from './identity.ts';
import { EPOCH_LAST, type Transaction } from './transaction.ts';

export const EPOCH_RISES_SINCE = 5;

export interface EndQuestion {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly committed: boolean;
}

/** Whom the producer is from now on. Throws KafkaError, or NeedsProducerId. */
export function end(
  decision: Decision,
  transaction: Transaction | undefined,
  { request, version }: { request: EndQuestion; version: number },
  newProducerId: number | undefined,
): ProducerIdentity {
  if (request.transactionalId === '')
    throw new KafkaError('INVALID_REQUEST', 'the transactional id is empty');
  if (transaction === undefined) throw new KafkaError('INVALID_PRODUCER_ID_MAPPING');
  const rises = version >= EPOCH_RISES_SINCE;
  const isOverflow = rises && isRepeatedOverflow(transaction, request);
  if (transaction.producerId !== request.producerId && !isOverflow)
    throw new KafkaError('INVALID_PRODUCER_ID_MAPPING');
  const isRepeated = isOverflow || (rises && transaction.producerEpoch === request.producerEpoch + 1);
  const isPresent = isRepeated || transaction.producerEpoch === request.producerEpoch;
  if (!isPresent || request.producerEpoch > EPOCH_LAST) throw new KafkaError('PRODUCER_FENCED');
  const { producerId, producerEpoch } = transaction;
  if (mustEnd(transaction, request.committed, rises, isRepeated))
    return rises
      ? endAndRaise(decision, transaction, request.committed, newProducerId)
      : endOnly(decision, transaction, request.committed);
  return { producerId, producerEpoch };
}

/** The end used up the last epoch: the producer has a new id, which it may not have heard of. */
function isRepeatedOverflow(transaction: Transaction, request: EndQuestion): boolean {
  return (
    transaction.previousProducerId === request.producerId &&
    request.producerEpoch === EPOCH_LAST &&
    transaction.producerEpoch === 0
  );
}

/** The table above. False: it has ended already, and that is said again. */
function mustEnd(transaction: Transaction, isCommit: boolean, rises: boolean, isRepeated: boolean): boolean {
  const { state } = transaction;
  if (state === 'Ongoing') {
    if (isRepeated) throw new KafkaError('PRODUCER_FENCED');
    return true;
  }
  const isFresh = rises && !isRepeated;
  if (transaction.isPreparing) {
    if (isFresh) throw new KafkaError('PRODUCER_FENCED');
    throw new KafkaError(
      state === (isCommit ? 'PrepareCommit' : 'PrepareAbort')
        ? 'CONCURRENT_TRANSACTIONS'
        : 'INVALID_TXN_STATE',
    );
  }
  if (isFresh && !isCommit) return true;
  if (state === 'Empty' && isRepeated) throw new KafkaError('PRODUCER_FENCED');
  if (isFresh || state !== (isCommit ? 'CompleteCommit' : 'CompleteAbort'))
    throw new KafkaError('INVALID_TXN_STATE', `nothing to ${isCommit ? 'commit' : 'abort'}: ${state}`);
  return false;
}

function endOnly(decision: Decision, transaction: Transaction, isCommit: boolean): ProducerIdentity {
  const { producerId, producerEpoch, lastProducerEpoch } = transaction;
  const identity = { producerId, producerEpoch };
  decision.write(
    endingOf(decision, transaction, {
      isCommit,
      marker: identity,
      next: identity,
      lastProducerEpoch,
      clientVersion: 0,
    }),
  );
  return identity;
}

function endAndRaise(
  decision: Decision,
  transaction: Transaction,
  isCommit: boolean,
  newProducerId: number | undefined,
): ProducerIdentity {
  const { producerId, producerEpoch: lastProducerEpoch } = transaction;
  const marker = { producerId, producerEpoch: lastProducerEpoch + 1 };
  let next: ProducerIdentity = marker;
  if (transaction.isEpochUsedUp) {
    if (newProducerId === undefined) throw new NeedsProducerId();
    next = { producerId: newProducerId, producerEpoch: 0 };
  }
  decision.write(
    endingOf(decision, transaction, { isCommit, marker, next, lastProducerEpoch, clientVersion: 2 }),
  );
  return next;
}
