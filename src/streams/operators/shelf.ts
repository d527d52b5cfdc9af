/**
 * Shelf: where `reorder` keeps the records that it holds. In its own state, or by reference in a cache outside, Redis.
 *
 *   in state      row key -> the record                                       answers at once
 *   in a cache    row key -> topic offset of the record, in state             asks, and answers later, in order (Q2)
 *                 row key -> the record, in the cache
 *
 * The cache may lose anything at any time: the truth is the input topic. Its committed position stays at the lowest offset that is
 * held (`context.pin`), and after a start all from there is read again: what is held is put back, everything else is left as it is.
 *
 *   H1  a record that the cache has not, or has another one for, is CacheLost: the task ends, and the next one reads it again
 *   H2  a record that was not found again in the topic either is an error that stops the pipeline, never a loss
 */
import { CacheLost, PipelineFailed } from '../plan-error.ts';
import type { StreamRecord } from '../record.ts';
import type { DatedTable } from '../store/dated-table.ts';
import { jsonCodec } from '../store/json-codec.ts';
import type { Codec } from '../store/overlay.ts';
import { recordCodec } from '../store/record-codec.ts';
import type { Table } from '../store/table.ts';
import type { Answer, OperatorContext } from './operator.ts';
import { offsetOrder } from './source-order.ts';

export interface Shelf {
  /** The records lie outside; what state has are references. */
  readonly isCache: boolean;
  /** Once for every record that comes, whether it is held or not. */
  begin(): void;
  put(key: string, record: StreamRecord): void;
  /** Of a record that is held. */
  timestampOf(key: string): number;
  /** It is held no longer: `use` gets it, now or later, in the order of taking. */
  take(key: string, use: (record: StreamRecord) => void): void;
  /** The record is read again after a start: back where it was, if it is held. */
  again(key: string, record: StreamRecord): void;
}

export class StateShelf implements Shelf {
  readonly isCache = false;
  readonly #held: Table<StreamRecord>;

  constructor({ state }: OperatorContext) {
    this.#held = state.table('held', recordCodec);
  }

  begin(): void {}

  put(key: string, record: StreamRecord): void {
    this.#held.put(key, record);
  }

  timestampOf(key: string): number {
    return this.#held.get(key)!.timestampMs;
  }

  take(key: string, use: (record: StreamRecord) => void): void {
    const record = this.#held.get(key)!;
    this.#held.delete(key);
    use(record);
  }

  /** Nothing is read again: positions go on while records are held. */
  again(): void {}
}

/** What is asked of a cache. A `take` is answered with the bytes of the value, or null where there are none. */
export type CacheQuestion = { readonly put: string; readonly value: string } | { readonly take: string };

interface Reference {
  readonly offset: number;
  /** Which of the records that the one at the offset was made into. */
  readonly nth: number;
  readonly timestampMs: number;
}

const referenceCodec: Codec<Reference> = {
  encode: ({ offset, nth, timestampMs }) => jsonCodec.encode([offset, nth, timestampMs]),
  decode(bytes) {
    const [offset, nth, timestampMs] = jsonCodec.decode(bytes) as [number, number, number];
    return { offset, nth, timestampMs };
  },
};

export class CacheShelf implements Shelf {
  readonly isCache = true;
  readonly #context: OperatorContext;
  readonly #held: DatedTable<Reference>;
  /** What this task itself has put there. */
  readonly #put = new Set<string>();
  #lastOffset = -1;
  #lastNth = 0;

  constructor(context: OperatorContext) {
    this.#context = context;
    this.#held = context.state.dated('references', referenceCodec, ({ offset }) => offset);
    context.pin(() => this.#held.first()?.value.offset);
  }

  begin(): void {
    const { offset } = this.#context.input;
    this.#lastNth = offset === this.#lastOffset ? this.#lastNth + 1 : 0;
    this.#lastOffset = offset;
  }

  /** Of the present record in the input: it has the same one when it is read again, and no other record has it. */
  get place(): string {
    return offsetOrder(Math.max(this.#lastOffset, 0), this.#lastNth);
  }

  get size(): number {
    return this.#held.size;
  }

  /** Of what is held, from there on, in order. What is taken meanwhile does no harm. */
  keys(from: string): Iterable<string> {
    return this.#held.keys(from);
  }

  put(key: string, record: StreamRecord): void {
    const reference = {
      offset: this.#context.input.offset,
      nth: this.#lastNth,
      timestampMs: record.timestampMs,
    };
    this.#held.put(key, reference);
    this.#send(key, record, reference);
  }

  timestampOf(key: string): number {
    return this.#held.get(key)!.timestampMs;
  }

  take(key: string, use: (record: StreamRecord) => void): void {
    const reference = this.#held.get(key)!;
    const where = `the record at offset ${reference.offset}, which step ${this.#context.step} holds,`;
    if (!this.#put.delete(key))
      throw new PipelineFailed(
        `${where} is not in its topic any more: retention or compaction took it, or a step before makes another key of it`,
      );
    this.#held.delete(key);
    this.#context.ask({ take: key } satisfies CacheQuestion, (answer: Answer) => {
      const bytes = 'value' in answer ? (answer.value as Buffer | null) : null;
      const record = bytes === null ? undefined : unpacked(bytes, reference);
      if (record === undefined) throw new CacheLost(`${where} is gone from the cache: it is read again`);
      use(record);
    });
  }

  again(key: string, record: StreamRecord): void {
    const reference = this.#held.get(key);
    if (reference?.offset !== this.#context.input.offset || reference.nth !== this.#lastNth) return;
    this.#context.count('read again');
    this.#send(key, record, reference);
  }

  #send(key: string, record: StreamRecord, reference: Reference): void {
    this.#put.add(key);
    const question: CacheQuestion = { put: key, value: packed(record, reference) };
    this.#context.ask(question, () => undefined);
  }
}

/** A later owner may find what an earlier one put there at last: the reference tells them apart. */
function packed(record: StreamRecord, reference: Reference): string {
  return prefixOf(reference) + recordCodec.encode(record).toString();
}

function unpacked(bytes: Buffer, reference: Reference): StreamRecord | undefined {
  const prefix = prefixOf(reference);
  if (!bytes.subarray(0, prefix.length).equals(Buffer.from(prefix))) return undefined;
  return recordCodec.decode(bytes.subarray(prefix.length));
}

function prefixOf({ offset, nth }: Reference): string {
  return `${offset}.${nth} `;
}
