/**
 * PartitionIds: the ids of one partition, between the journal, which has them before their batch, and the state that
 * counts them. Empty until its topic deduplicates. Its verbs are synchronous but for `restore`.
 */
import type { BatchFields, Journal } from '../journal/index.ts';
import {
  decodeDedupeIds,
  type DedupeIds,
  type DedupeSnapshot,
  DedupeState,
  encodeDedupeIds,
  type PartitionLog,
} from '../log/index.ts';
import { KafkaError, type RecordBatch } from '../protocol/index.ts';
import { decide, type DedupeDecision, type DedupeRule, findAll, type Found } from './dedupe.ts';
import type { DedupeMemory } from './dedupe-memory.ts';

export interface PartitionIdsParts {
  readonly topicId: string;
  readonly index: number;
  readonly memory: DedupeMemory;
  readonly rule: () => DedupeRule | undefined;
}

export class PartitionIds {
  readonly topicId: string;
  readonly index: number;
  /** Undefined before the first one. */
  state: DedupeState | undefined;
  readonly #memory: DedupeMemory;
  readonly #rule: () => DedupeRule | undefined;
  /** Of the batch that is taken next. */
  #next: DedupeIds | undefined;

  constructor(parts: PartitionIdsParts) {
    this.topicId = parts.topicId;
    this.index = parts.index;
    this.#memory = parts.memory;
    this.#rule = parts.rule;
  }

  get rule(): DedupeRule | undefined {
    return this.#rule();
  }

  /** Throws a definite KafkaError when the batch must not be appended in any case. */
  decide(rule: DedupeRule, batch: RecordBatch, now: number, maxMessageBytes: number): DedupeDecision {
    this.state ??= new DedupeState();
    const decision = decide(this.state, rule, batch, now);
    if (decision.kind !== 'append') return decision;
    const { sizeInBytes } = decision.batch;
    if (sizeInBytes > maxMessageBytes)
      throw new KafkaError('MESSAGE_TOO_LARGE', `without its duplicates the batch has ${sizeInBytes} bytes`);
    if (batch.isTransactional && !this.#memory.hasRoomToHold(this))
      throw new KafkaError(
        'POLICY_VIOLATION',
        'the ids of open transactions take half of gregor.dedupe.bytes',
      );
    return decision;
  }

  /** As `findAll`: refuses nothing but what cannot be read. */
  findAll(rule: DedupeRule, batch: RecordBatch, now: number): Found | undefined {
    return this.state === undefined ? undefined : findAll(this.state, rule, batch, now);
  }

  /** What goes into the journal before the batch that is taken next. */
  before(ids: DedupeIds | undefined) {
    this.#next = ids;
    return ids === undefined ? undefined : { entry: this.#entry, bytes: encodeDedupeIds(ids) };
  }

  /** That batch got no place. */
  dropNext(): void {
    this.#next = undefined;
  }

  get #entry() {
    return { kind: 'dedupe-ids', topicId: this.topicId, partition: this.index } as const;
  }

  /** The ids that were told of before this batch count from now on, or those of the transaction that this marker ends. */
  count(entry: BatchFields, now: number): void {
    const ids = this.#next;
    if (ids === undefined && (this.state === undefined || entry.markerType < 0)) return;
    this.#next = undefined;
    this.state ??= new DedupeState();
    if (ids === undefined) this.state.ended(entry);
    else this.state.take(entry, ids);
    this.#memory.changed(this, now);
  }

  /** The ids that the manifest's snapshot knows. Before replay. */
  async restore(log: PartitionLog, now: number): Promise<void> {
    const snapshot = await log.readDedupeSnapshot();
    if (snapshot === undefined) return;
    this.state = new DedupeState();
    this.state.restore(snapshot.bytes, snapshot.offset);
    this.#memory.changed(this, now);
  }

  /** Ids from the journal: of the batch that comes next, or none, when the topic did not deduplicate any more. */
  replay(bytes: Buffer, now: number): void {
    const ids = decodeDedupeIds(bytes);
    if (ids.deltas.length > 0) this.#next = ids;
    else this.state?.clear(ids.head);
    this.#memory.changed(this, now);
  }

  /** The topic does not deduplicate any more. False: there was nothing to forget. */
  forget(journal: Journal, now: number): boolean {
    if (this.state === undefined || this.state.isEmpty) return false;
    const head = this.state.counting.next;
    const none = { head, first: 0, time: now, deltas: [], digests: new Uint32Array(0) };
    journal.append(this.#entry, encodeDedupeIds(none), { privileged: true });
    this.state.clear(head);
    this.#memory.changed(this, now);
    return true;
  }

  /** For a checkpoint; undefined: there are none. */
  capture(): DedupeSnapshot | undefined {
    return this.state === undefined || this.state.isEmpty ? undefined : this.state.capture();
  }
}
