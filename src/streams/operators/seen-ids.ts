/**
 * SeenIds: what dedupe knows of ids. In state, or too many for that: in the changelog and, as a cache of it, in Redis.
 *
 *   in state      answers at once; the oldest goes when there are more than `count`
 *   outside       asked for (rows-outside.ts); what is over is not believed, and is taken away bit by bit. Ids reach the cache after
 *                 the commit that has their outputs, so it knows none too early
 */
import type { DatedTable } from '../store/dated-table.ts';
import { jsonCodec } from '../store/json-codec.ts';
import type { Codec } from '../store/overlay.ts';
import type { OperatorContext } from './operator.ts';
import { RowsOutside } from './rows-outside.ts';

/** What is known of an id. */
export interface Seen {
  readonly atMs: number;
  readonly content: string;
  readonly source: string;
}

export interface SeenIds {
  /** `overMs`: what is not younger is forgotten. */
  look(id: string, overMs: number, use: (seen: Seen | undefined) => void): void;
  put(id: string, seen: Seen): void;
  forget(overMs: number): void;
}

const seenCodec: Codec<Seen> = {
  encode: ({ atMs, content, source }) => jsonCodec.encode([atMs, content, source]),
  decode(bytes) {
    const [atMs, content, source] = jsonCodec.decode(bytes) as [number, string, string];
    return { atMs, content, source };
  },
  keep: (seen) => seen,
};

export class IdsInState implements SeenIds {
  readonly #context: OperatorContext;
  readonly #ids: DatedTable<Seen>;
  readonly #count: number;

  constructor(context: OperatorContext, count: number) {
    this.#context = context;
    this.#ids = context.state.dated('ids', seenCodec, ({ atMs }) => atMs);
    this.#count = count;
  }

  look(id: string, _overMs: number, use: (seen: Seen | undefined) => void): void {
    use(this.#ids.get(id));
  }

  put(id: string, seen: Seen): void {
    this.#ids.put(id, seen);
    if (this.#ids.size > this.#count) this.#ids.delete(this.#ids.first()!.key);
  }

  forget(overMs: number): void {
    if (this.#ids.earliestMs > overMs) return;
    const forgotten = this.#ids.drop(overMs);
    if (forgotten > 0) this.#context.count('forgotten', forgotten);
  }
}

const SWEEP_IDS = 500;
/** Looks for what is over so often in a window. */
const SWEEPS = 100;

export class IdsOutside implements SeenIds {
  readonly #context: OperatorContext;
  readonly #ids: RowsOutside<Seen>;
  readonly #sweepMs: number;
  #sweptMs = -Infinity;
  /** What is swept now is not what was swept before only after the next commit. */
  #sweptIn: unknown;

  constructor(
    context: OperatorContext,
    { timeMs, count }: { readonly timeMs: number; readonly count: number },
  ) {
    this.#context = context;
    this.#ids = new RowsOutside(context, {
      name: 'ids',
      codec: seenCodec,
      timeOf: ({ atMs }) => atMs,
      most: count,
    });
    this.#sweepMs = Math.max(1, timeMs / SWEEPS);
  }

  look(id: string, overMs: number, use: (seen: Seen | undefined) => void): void {
    this.#ids.get(id, (seen) => use(seen === undefined || seen.atMs <= overMs ? undefined : seen));
  }

  /** With too many, the one that goes is over already, or the oldest. */
  put(id: string, seen: Seen): void {
    this.#ids.put(id, seen);
  }

  forget(overMs: number): void {
    if (!(overMs > this.#sweptMs + this.#sweepMs) || this.#sweptIn === this.#ids.era) return;
    this.#sweptMs = overMs;
    this.#sweptIn = this.#ids.era;
    this.#ids.drop(overMs, SWEEP_IDS, (dropped, areMore) => {
      if (dropped > 0) this.#context.count('forgotten', dropped);
      if (areMore) this.#sweptMs = -Infinity;
    });
  }
}
