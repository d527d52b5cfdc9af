/**
 * ProducerState: which sequence numbers each idempotent producer has already written to one partition. Pure.
 *
 *   sequence   ... 40 | 41 - 45 | 46 | 47 - 60 | 61 | 62 | next 63
 *                   +---- the last five batches -------+
 *   before the five: 46 DUPLICATE_SEQUENCE_NUMBER      exactly one of the five: its offsets again
 *   63: append                                         anything else: 45 OUT_OF_ORDER_SEQUENCE_NUMBER
 *
 * Invariants
 *   I1  each sequence number is taken at most once and in order; after 2³¹ - 1 comes 0
 *   I2  the state runs ahead of the disk: a duplicate carries the original's last offset, so that its answer can wait
 *   I3  at least the last five batches are recognised; older ones down to the first sequence seen are never appended
 *   I4  a batch of a finished transaction is never taken for one of the present transaction
 *   I5  46 (which clients take for success) is only ever said of what lies behind, never of a gap ahead
 *   I6  a producer whose first batch was refused for want of room begins with that one: first-batches.ts
 *
 * `check` only asks; `replay` is the only thing that changes the state, at append time and at start-up alike.
 */
import { KafkaError, MARKER_ABORT } from '../protocol/index.ts';
import { FirstBatches } from './first-batches.ts';
import { BATCHES_KEPT, type KeptBatch, newEntry, type ProducerEntry } from './producer-entry.ts';
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts';
import type { AbortedTransaction } from './transaction-index.ts';
import { distance, nextSequence, SEQUENCES, sequenceAfter } from './sequence.ts';

const NO_PRODUCER = -1;
const NO_SEQUENCE = -1;
const TRANSACTIONAL_BIT = 0x10;
/** More than half the circle behind cannot be told from a gap ahead. */
const BEHIND_MAX = SEQUENCES / 2;

/** What is asked about: a RecordBatch as it came. */
export interface SequencedBatch {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly isTransactional: boolean;
}

/** What was appended: a batch entry of the journal. */
export interface AppendedBatch {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly attributes: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  /** -1: data, 0: the marker of an abort, 1: of a commit. */
  readonly markerType: number;
  readonly coordinatorEpoch: number;
}

/** A batch that was taken although nothing of it was appended. */
export interface AdvancedSequence {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly lastSequence: number;
}

export interface CheckOptions {
  /** The producer raises its epoch with every transaction (KIP-890), so that the first batch has sequence 0. */
  readonly beginsAtZero?: boolean;
}

export type SequenceCheck = { readonly kind: 'append' } | Duplicate;

/** The batch is in the log already. Its answer must wait until `lastOffset` is durable (I2). */
export interface Duplicate {
  readonly kind: 'duplicate';
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly timestamp: number;
}

export interface CompletedTransaction extends AbortedTransaction {
  readonly isAborted: boolean;
}

const APPEND: SequenceCheck = { kind: 'append' };
/** Below this many producers nobody looks for expired ones. */
const SWEEP_MIN = 64;

export class ProducerState {
  #expirationMs: number;
  readonly #producers = new Map<number, ProducerEntry>();
  /** Producer id -> first offset, in offset order. */
  readonly #openTransactions = new Map<number, number>();
  readonly #firstBatches = new FirstBatches();
  #sweepAbove = SWEEP_MIN;

  constructor(options: { readonly expirationMs: number }) {
    this.#expirationMs = options.expirationMs;
  }

  setExpiration(expirationMs: number): void {
    this.#expirationMs = expirationMs;
  }

  get size(): number {
    return this.#producers.size;
  }

  /** First offset of the oldest open transaction: the last stable offset is never above it. */
  get firstOpenOffset(): number | undefined {
    return this.#openTransactions.size === 0 ? undefined : this.#openTransactions.values().next().value;
  }

  /** The producers whose transactions are open, the oldest transaction first. */
  *open(): Iterable<Readonly<ProducerEntry>> {
    for (const producerId of this.#openTransactions.keys()) yield this.#producers.get(producerId)!;
  }

  find(producerId: number, now: number): Readonly<ProducerEntry> | undefined {
    const entry = this.#producers.get(producerId);
    return entry === undefined || this.#isExpired(entry, now) ? undefined : entry;
  }

  /** All that are not expired. */
  list(now: number): Readonly<ProducerEntry>[] {
    return [...this.#producers.values()].filter((entry) => !this.#isExpired(entry, now));
  }

  /** May this batch be appended? Throws a definite KafkaError when it may not. Changes nothing. */
  check(batch: SequencedBatch, now: number, options: CheckOptions = {}): SequenceCheck {
    if (batch.producerId === NO_PRODUCER) return APPEND;
    const entry = this.find(batch.producerId, now);
    if (entry === undefined) {
      this.#checkFirst(batch, now, options);
      return APPEND;
    }
    if (batch.producerEpoch < entry.producerEpoch)
      throw new KafkaError(
        'INVALID_PRODUCER_EPOCH',
        `producer ${batch.producerId} has epoch ${entry.producerEpoch}, the batch ${batch.producerEpoch}`,
      );
    const duplicate = findDuplicate(entry, batch);
    if (duplicate !== undefined) return duplicate;
    if (batch.baseSequence !== NO_SEQUENCE) checkSequence(entry, batch);
    if (entry.transactionFirstOffset >= 0 && !batch.isTransactional)
      throw new KafkaError('INVALID_TXN_STATE', `producer ${batch.producerId} has an open transaction`);
    return APPEND;
  }

  /** May a producer that is not known begin with this batch? */
  #checkFirst(batch: SequencedBatch, now: number, options: CheckOptions): void {
    const what = `sequence ${batch.baseSequence} of producer ${batch.producerId}`;
    // KIP-360: the state may have been lost to retention, any sequence begins anew. Not where each transaction has its epoch.
    if (batch.isTransactional && options.beginsAtZero === true && batch.baseSequence !== 0)
      throw new KafkaError('OUT_OF_ORDER_SEQUENCE_NUMBER', `${what}: its transaction begins with 0`);
    const awaited = this.#firstBatches.awaitedBefore(batch, now);
    if (awaited !== undefined)
      throw new KafkaError(
        'OUT_OF_ORDER_SEQUENCE_NUMBER',
        `${what}: ${awaited} found no room and comes first`,
      ); // I6
  }

  /** There was no room for this batch, which will come again. */
  refused(batch: SequencedBatch, now: number): void {
    if (batch.producerId !== NO_PRODUCER && this.find(batch.producerId, now) === undefined)
      this.#firstBatches.refused(batch, now);
  }

  /** The batch has its place in the log. Batches that the state already knows change nothing. */
  replay(batch: AppendedBatch, now: number): CompletedTransaction | undefined {
    if (batch.producerId === NO_PRODUCER) return undefined;
    const entry = this.#require(batch, now);
    if (batch.producerEpoch < entry.producerEpoch) return undefined;
    if (batch.producerEpoch > entry.producerEpoch) {
      entry.producerEpoch = batch.producerEpoch;
      entry.batches = [];
      entry.lastSequence = NO_SEQUENCE;
      entry.sequencesSeen = 0;
    }
    entry.usedAt = Math.max(entry.usedAt, now);
    if (batch.markerType >= 0) return this.#complete(entry, batch);
    keep(entry, batch);
    if ((batch.attributes & TRANSACTIONAL_BIT) !== 0 && entry.transactionFirstOffset < 0) {
      entry.transactionFirstOffset = batch.baseOffset;
      this.#openTransactions.set(batch.producerId, batch.baseOffset);
    }
    return undefined;
  }

  /** A batch that was taken without appending anything moved its producer's sequence. What is known already changes nothing. */
  advance(taken: AdvancedSequence, now: number): void {
    const entry = this.#require(taken, now);
    if (taken.producerEpoch < entry.producerEpoch) return;
    const isNewEpoch = taken.producerEpoch > entry.producerEpoch;
    const ahead =
      isNewEpoch || entry.lastSequence === NO_SEQUENCE ? 1 : distance(entry.lastSequence, taken.lastSequence);
    if (ahead === 0 || ahead > BEHIND_MAX) return;
    if (isNewEpoch)
      Object.assign(entry, { producerEpoch: taken.producerEpoch, batches: [], sequencesSeen: 0 });
    entry.usedAt = Math.max(now, entry.usedAt);
    entry.lastSequence = taken.lastSequence;
    entry.sequencesSeen = Math.min(entry.sequencesSeen + ahead, BEHIND_MAX);
  }

  /** True when every sequence number of this batch was taken before, and is not known to belong to others. */
  isBehind(batch: SequencedBatch, now: number): boolean {
    const entry = this.find(batch.producerId, now);
    if (entry === undefined || entry.producerEpoch !== batch.producerEpoch || entry.lastSequence < 0)
      return false;
    // By its last number: where a producer began with a batch that was not appended, the first one is not known.
    return (
      distance(batch.lastSequence, entry.lastSequence) < entry.sequencesSeen && overlapsNone(entry, batch)
    );
  }

  #complete(entry: ProducerEntry, marker: AppendedBatch): CompletedTransaction | undefined {
    entry.coordinatorEpoch = marker.coordinatorEpoch;
    const firstOffset = entry.transactionFirstOffset;
    if (firstOffset < 0 || firstOffset > marker.lastOffset) return undefined;
    entry.transactionFirstOffset = -1;
    this.#openTransactions.delete(entry.producerId);
    const { lastOffset } = marker;
    const lastStableOffset = this.firstOpenOffset ?? lastOffset + 1;
    const isAborted = marker.markerType === MARKER_ABORT;
    return { producerId: entry.producerId, firstOffset, lastOffset, lastStableOffset, isAborted };
  }

  #require(batch: Pick<AppendedBatch, 'producerId'>, now: number): ProducerEntry {
    const known = this.#producers.get(batch.producerId);
    if (known !== undefined && !this.#isExpired(known, now)) return known;
    if (this.#producers.size >= this.#sweepAbove) {
      this.expire(now);
      this.#sweepAbove = Math.max(SWEEP_MIN, this.#producers.size * 2);
    }
    const entry = newEntry(batch.producerId);
    this.#producers.set(batch.producerId, entry);
    this.#firstBatches.began(batch.producerId);
    return entry;
  }

  /** Forgets producers that wrote nothing for `producer.id.expiration.ms`; never one with an open transaction. */
  expire(now: number): void {
    for (const entry of this.#producers.values())
      if (this.#isExpired(entry, now)) this.#producers.delete(entry.producerId);
  }

  #isExpired(entry: ProducerEntry, now: number): boolean {
    return entry.transactionFirstOffset < 0 && now - entry.usedAt >= this.#expirationMs;
  }

  /** All producers in the form of a `.snapshot` file; undefined when there are none. */
  encodeSnapshot(): Buffer | undefined {
    return this.#producers.size === 0 ? undefined : encodeProducerSnapshot(this.#producers.values());
  }

  /** Takes over the producers of a snapshot; whatever was here is forgotten. */
  restore(snapshot: Buffer): void {
    const entries = decodeProducerSnapshot(snapshot);
    if (entries === undefined)
      throw new KafkaError('CORRUPT_MESSAGE', 'the bytes are no whole producer snapshot');
    this.#producers.clear();
    this.#openTransactions.clear();
    for (const entry of entries) this.#producers.set(entry.producerId, entry);
    const open = entries.filter((entry) => entry.transactionFirstOffset >= 0);
    open.sort((a, b) => a.transactionFirstOffset - b.transactionFirstOffset);
    for (const entry of open) this.#openTransactions.set(entry.producerId, entry.transactionFirstOffset);
  }
}

function findDuplicate(entry: Readonly<ProducerEntry>, batch: SequencedBatch): Duplicate | undefined {
  if (batch.producerEpoch !== entry.producerEpoch || batch.baseSequence === NO_SEQUENCE) return undefined;
  const kept = entry.batches.find(
    (known) => known.baseSequence === batch.baseSequence && known.lastSequence === batch.lastSequence,
  );
  if (kept === undefined || (batch.isTransactional && !isInTransaction(entry, kept))) return undefined; // I4
  return {
    kind: 'duplicate',
    baseOffset: kept.baseOffset,
    lastOffset: kept.lastOffset,
    timestamp: kept.timestamp,
  };
}

function isInTransaction(entry: Readonly<ProducerEntry>, kept: KeptBatch): boolean {
  return entry.transactionFirstOffset >= 0 && kept.baseOffset >= entry.transactionFirstOffset;
}

function checkSequence(entry: Readonly<ProducerEntry>, batch: SequencedBatch): void {
  const isNewEpoch = batch.producerEpoch !== entry.producerEpoch;
  const last = isNewEpoch ? NO_SEQUENCE : entry.lastSequence;
  const expected = nextSequence(last);
  if (batch.baseSequence === expected) return; // I1
  const what = `sequence ${batch.baseSequence}-${batch.lastSequence} of producer ${batch.producerId}`;
  if (!isNewEpoch && liesBehind(entry, batch))
    throw new KafkaError(
      'DUPLICATE_SEQUENCE_NUMBER',
      `${what} was written before, its offset is not known any more`,
    );
  throw new KafkaError(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `${what}, epoch ${batch.producerEpoch}: expected ${expected}`,
  );
}

/** True when the whole batch is one that was written before and is not kept any more (I3, I5). */
function liesBehind(entry: Readonly<ProducerEntry>, batch: SequencedBatch): boolean {
  if (batch.isTransactional || entry.lastSequence === NO_SEQUENCE) return false;
  return distance(batch.baseSequence, entry.lastSequence) < entry.sequencesSeen && overlapsNone(entry, batch);
}

/** True when the whole batch lies behind, and shares no number with a kept one. */
function overlapsNone(entry: Readonly<ProducerEntry>, batch: SequencedBatch): boolean {
  if (batch.baseSequence === NO_SEQUENCE) return false;
  const behind = distance(batch.baseSequence, entry.lastSequence);
  const length = distance(batch.baseSequence, batch.lastSequence);
  if (length > behind) return false;
  return entry.batches.every((kept) => {
    const [newest, oldest] = [kept.lastSequence, kept.baseSequence].map((one) =>
      distance(one, entry.lastSequence),
    ) as [number, number];
    return behind < newest || behind - length > oldest;
  });
}

function keep(entry: ProducerEntry, batch: AppendedBatch): void {
  const newest = entry.batches.at(-1);
  if (batch.baseSequence === NO_SEQUENCE || (newest !== undefined && batch.lastOffset <= newest.lastOffset))
    return;
  const { baseSequence, baseOffset, lastOffset, maxTimestamp: timestamp } = batch;
  const lastSequence = sequenceAfter(baseSequence, lastOffset - baseOffset);
  if (entry.batches.length === BATCHES_KEPT) entry.batches.shift();
  entry.batches.push({ baseSequence, lastSequence, baseOffset, lastOffset, timestamp });
  entry.lastSequence = lastSequence;
  entry.sequencesSeen = Math.min(entry.sequencesSeen + lastOffset - baseOffset + 1, BEHIND_MAX);
}
