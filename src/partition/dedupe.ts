/**
 * Dedupe: which records of a batch are there already, by the id that the topic's setting names. Pure: asks, changes nothing.
 *
 *   record                                                 what becomes of it
 *   its id counts, within the window                       taken out; when all are, the batch is answered with the first one's offset
 *   its id came before in this batch or transaction        taken out
 *   its id is held by another open transaction             the batch waits at the client: a retriable error (I9)
 *   it has no id                                           stays, or refuses the batch (`gregor.dedupe.missing`)
 *   else                                                   stays, and its id counts from now on
 *
 * The window is looked at when the question is asked, so that a change of the settings counts at once, and forgetting
 * late changes no answer.
 */
import { sha256 } from '../base/index.ts';
import { type DedupeIds, type DedupeState, DIGEST_WORDS, type IdWindow } from '../log/index.ts';
import {
  type BatchRecord,
  decodeRecords,
  KafkaError,
  NOTHING_WRITTEN,
  RecordBatch,
  RecordsRefused,
  type RefusedRecord,
  retainRecords,
  sliceRecords,
} from '../protocol/index.ts';
import { openedBytesMax } from './partition-config.ts';

/** Ids of one batch: with more the journal's frame would grow past its target. */
export const IDS_PER_BATCH_MAX = 200_000;
/** Ids that are forgotten with one batch, beyond four for each new one: no batch pays for a whole window. */
const FORGOTTEN_AT_ONCE_MAX = 4096;

export interface DedupeRule {
  /** `gregor.dedupe.by`: `key`, `value` or `header:NAME`. */
  readonly by: string;
  readonly windowMs: number;
  /** Infinity: no limit. */
  readonly windowCount: number;
  readonly missing: 'accept' | 'reject';
}

export type DedupeDecision =
  /** Append this, and take these ids. `batch` is the one that came when nothing had to be taken out. */
  | { readonly kind: 'append'; readonly batch: RecordBatch; readonly ids: DedupeIds | undefined }
  /** Nothing is left: `first` is the first record. */
  | { readonly kind: 'duplicates'; readonly first: Found }
  | { readonly kind: 'held'; readonly error: KafkaError };

/** A record that is there: its offset, and when it was taken. */
export interface Found {
  readonly offset: number;
  readonly time: number;
}

export function decide(
  state: DedupeState,
  rule: DedupeRule,
  batch: RecordBatch,
  now: number,
): DedupeDecision {
  const records = decodeRecords(batch, openedBytesMax(batch.sizeInBytes));
  checkRecords(batch, records);
  const asked = new Question(state, rule, batch, Math.max(state.lastTime, now), records.length);
  const refused: RefusedRecord[] = [];
  for (const [index, record] of records.entries()) {
    const id = idOf(record, rule);
    if (id !== null) asked.ask(id, index);
    else if (rule.missing === 'accept') asked.kept.push(index);
    else refused.push({ index, why: `has no ${rule.by}, and gregor.dedupe.missing=reject` });
  }
  if (refused.length > 0) throw new RecordsRefused('INVALID_RECORD', refused);
  return asked.answer();
}

/** Where the first record of a batch is all of whose records are there; undefined: one of them is not, or has no id. */
export function findAll(
  state: DedupeState,
  rule: DedupeRule,
  batch: RecordBatch,
  now: number,
): Found | undefined {
  const records = decodeRecords(batch, openedBytesMax(batch.sizeInBytes));
  const asked = new Question(state, rule, batch, Math.max(state.lastTime, now), records.length);
  for (const [index, record] of records.entries()) {
    const id = idOf(record, rule);
    if (id === null) return undefined;
    asked.ask(id, index);
    if (asked.kept.length > 0) return undefined;
  }
  return asked.first;
}

/** What reading the records does not check, and a batch made of some of them would carry on. */
function checkRecords(batch: RecordBatch, records: readonly BatchRecord[]): void {
  for (const [index, { offset }] of records.entries())
    if (offset - batch.baseOffset !== index)
      throw new KafkaError(
        'INVALID_RECORD',
        `record ${index} has the offset delta ${offset - batch.baseOffset}`,
      );
  if (records.length > IDS_PER_BATCH_MAX)
    throw new KafkaError(
      'MESSAGE_TOO_LARGE',
      `${records.length} records in a batch; a topic with gregor.dedupe.by takes at most ${IDS_PER_BATCH_MAX}`,
    );
}

function idOf(record: BatchRecord, { by }: DedupeRule): Buffer | null {
  if (by === 'key') return record.key;
  if (by === 'value') return record.value;
  const name = by.slice(by.indexOf(':') + 1);
  return record.headers.findLast((header) => header[0] === name)?.[1] ?? null;
}

/** True while an id at this position counts; `next`: the position that the next new id gets. */
export function isWithin(
  window: IdWindow,
  position: number,
  next: number,
  rule: DedupeRule,
  now: number,
): boolean {
  return next - position <= rule.windowCount && now - window.timeAt(position) < rule.windowMs;
}

/** One batch being asked about, record by record. */
class Question {
  /** Indexes of the records that stay. */
  readonly kept: number[] = [];
  /** The first record of the batch, when it is there. */
  first: Found | undefined;
  readonly #state: DedupeState;
  readonly #rule: DedupeRule;
  readonly #batch: RecordBatch;
  readonly #time: number;
  readonly #count: number;
  readonly #digests: Uint32Array;
  readonly #deltas: number[] = [];
  /** By 53 bits of the digest: which new id it is. Two that share them are told apart below. */
  readonly #fresh = new Map<number, number>();
  readonly #salt: Uint32Array;
  #holder: number | undefined;

  constructor(state: DedupeState, rule: DedupeRule, batch: RecordBatch, time: number, count: number) {
    this.#state = state;
    this.#rule = rule;
    this.#batch = batch;
    this.#time = time;
    this.#count = count;
    this.#digests = new Uint32Array(count * DIGEST_WORDS);
    this.#salt = saltOf(rule.by);
  }

  ask(id: Buffer, index: number): void {
    const at = this.#deltas.length * DIGEST_WORDS;
    digestInto(this.#digests, at, id, this.#salt);
    if (this.#isFresh(at)) return;
    const found = this.#counting(at) ?? this.#heldByOwn(at);
    if (found !== undefined) {
      if (index === 0) this.first = found;
      return;
    }
    const holder = this.#state.holderOf(this.#digests, at);
    if (holder !== undefined) this.#holder = holder.producerId;
    this.#fresh.set(this.#keyOf(at), this.#deltas.length);
    this.#deltas.push(index);
    this.kept.push(index);
  }

  /** True for an id that came before in this batch, unless as many others as the window holds came since. */
  #isFresh(at: number): boolean {
    const nth = this.#fresh.get(this.#keyOf(at));
    if (nth === undefined) return false;
    if (!this.#batch.isTransactional && this.#deltas.length - nth > this.#rule.windowCount) return false;
    const digests = this.#digests;
    for (let word = 0; word < DIGEST_WORDS; word++)
      if (digests[nth * DIGEST_WORDS + word] !== digests[at + word]) return false;
    return true;
  }

  #keyOf(at: number): number {
    return this.#digests[at]! * 2 ** 21 + (this.#digests[at + 1]! & 0x1f_ffff);
  }

  #counting(at: number): Found | undefined {
    const { counting } = this.#state;
    const position = counting.find(this.#digests, at);
    if (position < 0 || !isWithin(counting, position, this.#next, this.#rule, this.#time)) return undefined;
    return { offset: counting.offsetAt(position), time: counting.timeAt(position) };
  }

  /** The ids of a transaction get their positions with its commit. */
  get #next(): number {
    return this.#state.counting.next + (this.#batch.isTransactional ? 0 : this.#deltas.length);
  }

  #heldByOwn(at: number): Found | undefined {
    if (!this.#batch.isTransactional) return undefined;
    return this.#state.heldBy(this.#batch.producerId, this.#digests, at);
  }

  answer(): DedupeDecision {
    if (this.#holder !== undefined)
      return {
        kind: 'held',
        error: new KafkaError(
          'NOT_ENOUGH_REPLICAS',
          `an id of this batch is held by the open transaction of producer ${this.#holder}; ${NOTHING_WRITTEN}, try again`,
        ),
      };
    if (this.kept.length === 0) return { kind: 'duplicates', first: this.first! };
    const deltas = this.#deltas;
    const digests = this.#digests.subarray(0, deltas.length * DIGEST_WORDS);
    const first = this.#state.counting.next;
    const ids = { head: this.#head(), first, time: this.#time, deltas, digests };
    return { kind: 'append', batch: this.#left(), ids: deltas.length === 0 ? undefined : ids };
  }

  /** As compaction takes records out: offsets, sequence and last offset delta stay (I8). */
  #left(): RecordBatch {
    if (this.kept.length === this.#count) return this.#batch;
    const slices = sliceRecords(this.#batch, openedBytesMax(this.#batch.sizeInBytes));
    const left = this.kept.map((index) => slices[index]!);
    return RecordBatch.at(retainRecords(this.#batch, left, undefined), 0);
  }

  #head(): number {
    const { counting } = this.#state;
    const most = counting.first + FORGOTTEN_AT_ONCE_MAX + 4 * this.#deltas.length;
    const end = Math.min(counting.next, most);
    let head = counting.first;
    while (head < end && !isWithin(counting, head, this.#next, this.#rule, this.#time)) head++;
    return head;
  }
}

const salts = new Map<string, Uint32Array>();
const SALTS_MAX = 1000;

/** What is added to a digest, so that ids under one setting are never taken for ids under another. */
function saltOf(by: string): Uint32Array {
  let salt = salts.get(by);
  if (salt === undefined) {
    salt = new Uint32Array(DIGEST_WORDS);
    digestInto(salt, 0, Buffer.from(`gregor.dedupe.by=${by}`), new Uint32Array(DIGEST_WORDS));
    if (salts.size >= SALTS_MAX) salts.clear();
    salts.set(by, salt);
  }
  return salt;
}

/** The first 128 bits of SHA-256: nobody can make two ids that meet. */
function digestInto(words: Uint32Array, at: number, id: Buffer, salt: Uint32Array): void {
  const digest = sha256(id);
  for (let word = 0; word < DIGEST_WORDS; word++)
    words[at + word] = digest.readUInt32LE(word * 4) ^ salt[word]!;
}
