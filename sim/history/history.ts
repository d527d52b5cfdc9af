/**
 * History: what clients did and what they were told, in the order in which it happened to them.
 *
 * Clients report; every checker hears of it before the facts change, so it can hold the new against the old. A checker
 * that finds a promise broken fails the run.
 */
import type { ErrorName, RecordBatch } from '../../src/protocol/index.ts';
import { decodeRecords, MARKER_COMMIT, readMarker } from '../../src/protocol/index.ts';
import type { Simulation } from '../../src/env/sim/index.ts';
import type { BrokerProcess } from '../world/broker-process.ts';
import type { Attempt, BatchKind, Fact, ReadStart, SentBatch } from './facts.ts';
import { LogFacts } from './facts.ts';
import {
  type CommitAttempt,
  type Generation,
  GroupFacts,
  type GroupKind,
  type Holder,
  type OffsetRead,
} from './group-facts.ts';
import type { FinalLook } from './final-look.ts';
import {
  type CopyFacts,
  type Identity,
  TransactionFacts,
  type TransactionalIdFacts,
} from './transaction-facts.ts';

/** A broken promise. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export type Isolation = 'read_uncommitted' | 'read_committed';

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** One partition's part of a fetch answer. */
export interface Reading {
  readonly log: LogFacts;
  readonly reader: string;
  readonly start: ReadStart;
  readonly isolation: Isolation;
  /** As it was told to readers of committed records. */
  readonly aborted: readonly AbortedTransaction[];
  readonly fetchOffset: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly batches: readonly ReadBatch[];
}

export interface ReadBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly leaderEpoch: number;
  readonly bytes: number;
  readonly producerId: number;
  readonly isTransactional: boolean;
  /** Of a batch that ends a transaction. */
  readonly marker: 'commit' | 'abort' | undefined;
  readonly records: readonly ReadRecord[];
}

export interface ReadRecord {
  readonly offset: number;
  readonly value: string;
  readonly timestamp: number;
  readonly key: string | null;
  /** The value of its header, if it has one. */
  readonly header: string | undefined;
}

/** What a checker may want to hear. Each file in checkers/ names the promises that it checks. */
export interface Checker {
  readonly name: string;
  /** Before anything happens: hooks into the world itself. */
  watch?(sim: Simulation, process: BrokerProcess): void;
  sent?(batch: SentBatch, attempt: Attempt): void;
  acknowledged?(batch: SentBatch, attempt: Attempt, baseOffset: number): void;
  refused?(batch: SentBatch, attempt: Attempt, error: ErrorName): void;
  read?(reading: Reading): void;
  /** A new producer was given this id. */
  producerId?(producer: string, id: number): void;
  /** A topic was told to be deleted. */
  topicDeleted?(log: LogFacts): void;
  /** The parts of one answer to one Fetch. */
  readTogether?(readings: readonly Reading[]): void;
  /** An open transaction lies where it asked: what it was told, and after how long. */
  waited?(reading: Reading, tookMs: number, maxWaitMs: number): void;
  /** The end of a transaction was told. */
  ended?(transaction: TransactionFacts): void;
  /** A producer hears that it is fenced, in the middle of this transaction, whose timeout is that long. */
  fenced?(transaction: TransactionFacts, timeoutMs: number): void;
  begun?(transaction: TransactionFacts): void;
  /** A copier was told where its group stands; `floor`: what had been told when it asked. */
  resumed?(copy: CopyFacts, offset: number, floor: number): void;
  recordsDeleted?(log: LogFacts, logStartOffset: number): void;
  generation?(group: GroupFacts, generation: Generation): void;
  handed?(group: GroupFacts, holder: Holder, partitions: readonly string[], atMs: number): void;
  committed?(group: GroupFacts, commit: CommitAttempt): void;
  offsetRead?(group: GroupFacts, read: OffsetRead): void;
  /** A member was told that the group does not know it. */
  expelled?(group: GroupFacts, member: string): void;
  finished?(look: FinalLook): void | Promise<void>;
  /** When the run is over: other worlds may be looked at now. */
  afterwards?(): Promise<void>;
}

type CommitFields = Pick<CommitAttempt, 'partition' | 'offset' | 'generationId' | 'memberId'>;

const OPENED_BYTES_MAX = 16 * 1024 * 1024;

export class History {
  readonly logs = new Map<string, LogFacts>();
  readonly groups = new Map<string, GroupFacts>();
  readonly checkers: readonly Checker[];
  readonly #fail: (violation: Violation) => void;
  acknowledgements = 0;
  readings = 0;

  constructor(
    checkers: (fail: (message: string) => never) => readonly Checker[],
    fail: (violation: Violation) => void,
  ) {
    this.#fail = fail;
    this.checkers = checkers((message) => this.violated(message));
  }

  watch(sim: Simulation, process: BrokerProcess): void {
    for (const checker of this.checkers) checker.watch?.(sim, process);
  }

  violated(message: string): never {
    const violation = new Violation(message);
    this.#fail(violation);
    throw violation;
  }

  log(topic: string, topicId: string, partition: number): LogFacts {
    const key = `${topicId}-${partition}`;
    let log = this.logs.get(key);
    if (log === undefined) {
      log = new LogFacts(topic, topicId, partition);
      this.logs.set(key, log);
    }
    return log;
  }

  /** A batch that will be sent. Its values are the only ones of their kind. */
  batch(fields: {
    producer: string;
    kind: BatchKind;
    log: LogFacts;
    values: readonly string[];
    keys: readonly (string | null)[];
    timestamps: readonly number[];
    madeAt: number;
    producerId: number;
    baseSequence: number;
    order: number;
    transaction?: TransactionFacts;
  }): SentBatch {
    const batch: SentBatch = { ...fields, attempts: [], connection: '', acknowledged: undefined };
    fields.transaction?.batches.push(batch);
    if (fields.transaction !== undefined) batch.log.isTransactional = true;
    for (const value of batch.values) batch.log.sent.set(value, batch);
    return batch;
  }

  sending(batch: SentBatch): Attempt {
    const { transaction, log } = batch;
    const isFenced = transaction?.id.isFenced(transaction.identity) ?? false;
    const attempt: Attempt = { acknowledgedBefore: log.acknowledgedEnd, isFenced, outcome: 'open' };
    batch.attempts.push(attempt);
    for (const checker of this.checkers) checker.sent?.(batch, attempt);
    return attempt;
  }

  acknowledged(batch: SentBatch, attempt: Attempt, baseOffset: number): void {
    for (const checker of this.checkers) checker.acknowledged?.(batch, attempt, baseOffset);
    attempt.outcome = 'acknowledged';
    batch.acknowledged = Math.max(batch.acknowledged ?? -1, baseOffset);
    this.acknowledgements++;
    if (baseOffset < 0) return;
    const { log } = batch;
    if (log.dedupe !== undefined) {
      log.acknowledgedEnd = Math.max(log.acknowledgedEnd, baseOffset + 1); // it may be where an earlier one is
      return;
    }
    log.acknowledgedEnd = Math.max(log.acknowledgedEnd, baseOffset + batch.values.length);
    for (const [n, value] of batch.values.entries())
      log.records[baseOffset + n] ??= {
        value,
        key: batch.keys[n]!,
        timestamp: batch.timestamps[n]!,
        leaderEpoch: -1,
        baseOffset,
      };
  }

  /** `isDefinite`: by the table of errors, nothing was written and never will be. */
  refused(batch: SentBatch, attempt: Attempt, error: ErrorName, isDefinite: boolean): void {
    attempt.outcome = isDefinite ? 'definite' : 'indefinite';
    for (const checker of this.checkers) checker.refused?.(batch, attempt, error);
  }

  read(log: LogFacts, answer: Omit<Reading, 'log' | 'batches'>, batches: readonly RecordBatch[]): Reading {
    const reading: Reading = { ...answer, log, batches: batches.map(opened) };
    for (const checker of this.checkers) checker.read?.(reading);
    this.readings++;
    for (const { baseOffset, leaderEpoch, records } of reading.batches)
      for (const { offset, value, key, timestamp } of records) {
        const fact: Fact = { value, key, timestamp, leaderEpoch, baseOffset };
        log.records[offset] = fact;
      }
    log.highWatermark = Math.max(log.highWatermark, reading.highWatermark);
    log.lastStableOffset = Math.max(log.lastStableOffset, reading.lastStableOffset);
    log.logStartOffset = Math.max(log.logStartOffset, reading.logStartOffset);
    return reading;
  }

  producerId(producer: string, id: number): void {
    for (const checker of this.checkers) checker.producerId?.(producer, id);
  }

  topicDeleted(log: LogFacts): void {
    for (const checker of this.checkers) checker.topicDeleted?.(log);
  }

  readTogether(readings: readonly Reading[]): void {
    for (const checker of this.checkers) checker.readTogether?.(readings);
  }

  waited(reading: Reading, tookMs: number, maxWaitMs: number): void {
    for (const checker of this.checkers) checker.waited?.(reading, tookMs, maxWaitMs);
  }

  /** A producer was told who it is from now on. */
  identity(id: TransactionalIdFacts, identity: Identity): void {
    const { producerId, producerEpoch } = identity;
    const isOlder = id.isFenced(identity);
    if (!isOlder) id.youngest = { producerId, producerEpoch };
  }

  transaction(name: string, id: TransactionalIdFacts, identity: Identity): TransactionFacts {
    const transaction = new TransactionFacts(name, id, { ...identity });
    for (const checker of this.checkers) checker.begun?.(transaction);
    return transaction;
  }

  /** Its end is asked for, perhaps again. */
  ending(transaction: TransactionFacts, isCommit: boolean): void {
    transaction.asked = isCommit ? 'commit' : 'abort';
    transaction.isAskedLate = transaction.id.isFenced(transaction.identity);
  }

  ended(transaction: TransactionFacts): void {
    transaction.outcome = transaction.asked === 'commit' ? 'committed' : 'aborted';
    this.acknowledgements++;
    for (const checker of this.checkers) checker.ended?.(transaction);
  }

  /** Its producer goes on without it: whoever never asked for a commit has none. */
  abandoned(transaction: TransactionFacts): void {
    transaction.outcome = transaction.asked === 'commit' ? 'unknown' : 'aborted';
  }

  fenced(transaction: TransactionFacts, timeoutMs: number): void {
    for (const checker of this.checkers) checker.fenced?.(transaction, timeoutMs);
    this.abandoned(transaction);
  }

  resumed(copy: CopyFacts, offset: number, floor: number): void {
    for (const checker of this.checkers) checker.resumed?.(copy, offset, floor);
    this.readings++;
  }

  recordsDeleted(log: LogFacts, logStartOffset: number): void {
    for (const checker of this.checkers) checker.recordsDeleted?.(log, logStartOffset);
    log.logStartOffset = Math.max(log.logStartOffset, logStartOffset);
  }

  group(name: string, kind: GroupKind, isRestless: boolean): GroupFacts {
    const group = new GroupFacts(name, kind, isRestless);
    this.groups.set(name, group);
    return group;
  }

  generation(group: GroupFacts, generation: Generation): void {
    for (const checker of this.checkers) checker.generation?.(group, generation);
    const { generationId, memberId, owns } = generation;
    group.generationId = Math.max(group.generationId, generationId);
    for (const partition of owns) group.lastOwners.set(partition, { generationId, memberId });
  }

  /** A member of the consumer protocol was told what it shall work on. */
  handed(group: GroupFacts, holder: Holder, partitions: readonly string[], atMs: number): void {
    for (const checker of this.checkers) checker.handed?.(group, holder, partitions, atMs);
  }

  committing(group: GroupFacts, { partition, offset, generationId, memberId }: CommitFields): CommitAttempt {
    const owner = group.lastOwners.get(partition);
    const commit: CommitAttempt = {
      partition,
      memberId,
      offset,
      generationId,
      isTooLate: owner !== undefined && owner.memberId !== memberId && owner.generationId > generationId,
      sentAt: ++group.clock,
      generationBefore: group.generationId,
      outcome: 'open',
      endedAt: Number.POSITIVE_INFINITY,
    };
    const commits = group.commits.get(partition) ?? [];
    group.commits.set(partition, commits);
    commits.push(commit);
    return commit;
  }

  committed(group: GroupFacts, commit: CommitAttempt, outcome: CommitAttempt['outcome']): void {
    commit.outcome = outcome;
    if (outcome === 'committed') {
      commit.endedAt = ++group.clock;
      this.acknowledgements++;
    }
    for (const checker of this.checkers) checker.committed?.(group, commit);
  }

  offsetRead(group: GroupFacts, read: OffsetRead): void {
    for (const checker of this.checkers) checker.offsetRead?.(group, read);
    this.readings++;
  }

  expelled(group: GroupFacts, member: string): void {
    for (const checker of this.checkers) checker.expelled?.(group, member);
  }

  async afterwards(): Promise<void> {
    for (const checker of this.checkers) await checker.afterwards?.();
  }

  async finished(look: FinalLook): Promise<void> {
    for (const checker of this.checkers) await checker.finished?.(look);
  }
}

function opened(batch: RecordBatch): ReadBatch {
  const { baseOffset, lastOffset, leaderEpoch, producerId, isTransactional } = batch;
  const marker = markerOf(batch);
  const records = decodeRecords(batch, OPENED_BYTES_MAX).map(({ offset, value, key, timestamp, headers }) => {
    const header = headers[0]?.[1]?.toString('latin1');
    const text = value?.toString('latin1') ?? header ?? '';
    return {
      offset,
      value:
        marker === undefined ? text : `${marker} of producer ${producerId}, epoch ${batch.producerEpoch}`,
      timestamp,
      key: key?.toString('latin1') ?? null,
      header,
    };
  });
  const { length: bytes } = batch.bytes;
  return { baseOffset, lastOffset, leaderEpoch, bytes, producerId, isTransactional, marker, records };
}

function markerOf(batch: RecordBatch): ReadBatch['marker'] {
  if (!batch.isControl) return undefined;
  return readMarker(batch)?.markerType === MARKER_COMMIT ? 'commit' : 'abort';
}
