/** TransactionFacts: what clients asked of a transaction, and what they were told became of it. */
import type { LogFacts, SentBatch } from './facts.ts';

/** Who a producer is. Of two under one transactional id the one with the higher epoch is the younger. */
export interface Identity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

const NOBODY: Identity = { producerId: -1, producerEpoch: -1 };

export class TransactionalIdFacts {
  readonly name: string;
  /** The protocol of KIP-890, in which every end raises the epoch; without it late requests may do harm (T4). */
  readonly isModern: boolean;
  /** The youngest identity that any of its producers was told. */
  youngest: Identity = NOBODY;
  /** Asked for a new epoch and not answered: such a request may arrive at any time, and fence whoever is there. */
  unanswered = 0;
  /** How often anybody asked for a new epoch. */
  fences = 0;

  constructor(name: string, isModern: boolean) {
    this.name = name;
    this.isModern = isModern;
  }

  toString(): string {
    const { producerId, producerEpoch } = this.youngest;
    return `the youngest producer of ${this.name} (${this.isModern ? 'v2' : 'v1'}) is ${producerId}, epoch ${producerEpoch}`;
  }

  /** Somebody was told of a younger one. */
  isFenced({ producerId, producerEpoch }: Identity): boolean {
    const { youngest } = this;
    return producerId === youngest.producerId
      ? producerEpoch < youngest.producerEpoch
      : producerId < youngest.producerId;
  }
}

export type TransactionOutcome = 'open' | 'committed' | 'aborted' | 'unknown';

export class TransactionFacts {
  readonly name: string;
  readonly id: TransactionalIdFacts;
  readonly identity: Identity;
  readonly #fencesBefore: number;
  readonly batches: SentBatch[] = [];
  /** What each record moves on its account. */
  readonly amounts = new Map<string, number>();
  /** Which input record each record is a copy of. */
  readonly sources = new Map<string, number>();
  /** Where its group shall stand when it commits. */
  offset: number | undefined;
  asked: 'nothing' | 'commit' | 'abort' = 'nothing';
  /** Its end was asked for when somebody had been told of a younger producer. */
  isAskedLate = false;
  outcome: TransactionOutcome = 'open';

  constructor(name: string, id: TransactionalIdFacts, identity: Identity) {
    this.name = name;
    this.id = id;
    this.identity = identity;
    this.#fencesBefore = id.unanswered === 0 ? id.fences : -1;
  }

  /** Since it began nothing can have reached the broker that fences its producer. */
  get isUndisturbed(): boolean {
    return this.id.fences === this.#fencesBefore && !this.id.isFenced(this.identity);
  }

  toString(): string {
    const { producerId, producerEpoch } = this.identity;
    return `${this.name} (producer ${producerId}, epoch ${producerEpoch}, asked: ${this.asked}, ${this.outcome})`;
  }
}

/** A copy of one log into others, with the offsets in the transactions of the copies. */
export interface CopyFacts {
  readonly input: LogFacts;
  /** As far as any copier was told that it is committed. */
  committedOffset: number;
  /** Offsets that may be committed: of transactions whose commit was asked for. */
  readonly askedOffsets: Set<number>;
}
