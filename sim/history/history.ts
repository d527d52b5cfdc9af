/**
 * History: what clients did and what they were told, in the order in which it happened to them.
 *
 * Clients report; every checker hears of it before the facts change, so it can hold the new against the old. A checker
 * that finds a promise broken fails the run.
 */
import type { ErrorName, RecordBatch } from '../../src/protocol/index.ts';
import { decodeRecords } from '../../src/protocol/index.ts';
import type { Simulation } from '../../src/env/sim/index.ts';
import type { BrokerProcess } from '../world/broker-process.ts';
import type { Attempt, BatchKind, Fact, ReadStart, SentBatch } from './facts.ts';
import { LogFacts } from './facts.ts';
import { type CommitAttempt, type Generation, GroupFacts, type OffsetRead } from './group-facts.ts';
import type { FinalLook } from './final-look.ts';

/** A broken promise. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** One partition's part of a fetch answer. */
export interface Reading {
  readonly log: LogFacts;
  readonly reader: string;
  readonly start: ReadStart;
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
  recordsDeleted?(log: LogFacts, logStartOffset: number): void;
  generation?(group: GroupFacts, generation: Generation): void;
  committed?(group: GroupFacts, commit: CommitAttempt): void;
  offsetRead?(group: GroupFacts, read: OffsetRead): void;
  /** A member was told that the group does not know it. */
  expelled?(group: GroupFacts, member: string): void;
  finished?(look: FinalLook): void | Promise<void>;
  /** When the run is over: other worlds may be looked at now. */
  afterwards?(): Promise<void>;
}

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
  }): SentBatch {
    const batch: SentBatch = { ...fields, attempts: [], connection: '', acknowledged: undefined };
    for (const value of batch.values) batch.log.sent.set(value, batch);
    return batch;
  }

  sending(batch: SentBatch): Attempt {
    const attempt: Attempt = { acknowledgedBefore: batch.log.acknowledgedEnd, outcome: 'open' };
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

  recordsDeleted(log: LogFacts, logStartOffset: number): void {
    for (const checker of this.checkers) checker.recordsDeleted?.(log, logStartOffset);
    log.logStartOffset = Math.max(log.logStartOffset, logStartOffset);
  }

  group(name: string, isRestless: boolean): GroupFacts {
    const group = new GroupFacts(name, isRestless);
    this.groups.set(name, group);
    return group;
  }

  generation(group: GroupFacts, generation: Generation): void {
    for (const checker of this.checkers) checker.generation?.(group, generation);
    group.generationId = Math.max(group.generationId, generation.generationId);
  }

  committing(group: GroupFacts, partition: string, offset: number, generationId: number): CommitAttempt {
    const commit: CommitAttempt = {
      partition,
      offset,
      generationId,
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
  const { baseOffset, lastOffset, leaderEpoch } = batch;
  const records = decodeRecords(batch, OPENED_BYTES_MAX).map(({ offset, value, key, timestamp, headers }) => {
    const header = headers[0]?.[1]?.toString('latin1');
    return {
      offset,
      value: value?.toString('latin1') ?? header ?? '',
      timestamp,
      key: key?.toString('latin1') ?? null,
      header,
    };
  });
  return { baseOffset, lastOffset, leaderEpoch, bytes: batch.bytes.length, records };
}
