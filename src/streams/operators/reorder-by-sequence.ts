/**
 * reorder by sequence: 1, 2, 3 ... of each key, whatever order they come in.
 *
 *   number = next    it goes on, and all that were held right behind it
 *   number > next    it is held; a gap is open. It closes by arrival, or after `timeout` as `onTimeout` says
 *   number < next    late: it came twice, or its gap was given up
 *
 *   S1  per key, what goes on unmarked rises by one; only behind a gap that was given up it jumps, and the record there
 *       says so in its header `x-gap: from-to`
 *   S2  a gap is as old as the record that opened it: its event time, or the wall clock when it came
 *   S3  one key waits for itself alone, and no partition waits at all: offsets are committed while records are held
 */
import { PipelineFailed } from '../plan-error.ts';
import { type StreamRecord, withHeader, withoutRaw } from '../record.ts';
import type { DatedTable } from '../store/dated-table.ts';
import { jsonCodec } from '../store/json-codec.ts';
import type { Codec } from '../store/overlay.ts';
import { attempt, FAILED } from './attempt.ts';
import { Full } from './full.ts';
import { late } from './late.ts';
import type { Operator, OperatorContext } from './operator.ts';
import { refuse } from './refuse.ts';
import type { SequenceSettings } from './reorder-options.ts';
import type { Shelf } from './shelf.ts';
import { countOf, hasNumber, type Runs, withNumber } from './runs.ts';

export const GAP_HEADER = 'x-gap';

interface KeyState {
  /** Undefined: not known yet, the first one is looked for. */
  readonly next: bigint | undefined;
  readonly epoch: bigint;
  readonly held: Runs;
  /** When the gap is given up; without a gap, when the key is forgotten. */
  readonly dueMs: number | undefined;
}

/** A record that has its number. */
interface Numbered {
  readonly record: StreamRecord;
  readonly id: string;
  readonly number: bigint;
  readonly epoch: bigint;
}

const stateCodec: Codec<KeyState> = {
  encode: ({ next, epoch, held, dueMs }) => jsonCodec.encode([next ?? null, epoch, held, dueMs ?? null]),
  decode(bytes) {
    type Stored = [bigint | null, bigint, Runs, number | null];
    const [next, epoch, held, dueMs] = jsonCodec.decode(bytes) as Stored;
    return { next: next ?? undefined, epoch, held, dueMs: dueMs ?? undefined };
  },
};

export class ReorderBySequence implements Operator {
  readonly #context: OperatorContext;
  readonly #settings: SequenceSettings;
  readonly #keys: DatedTable<KeyState>;
  readonly #held: Shelf;
  readonly #full: Full;

  constructor(context: OperatorContext, settings: SequenceSettings, shelf: Shelf) {
    this.#context = context;
    this.#settings = settings;
    this.#keys = context.state.dated(
      shelf.isCache ? 'cached-keys' : 'keys',
      stateCodec,
      ({ dueMs }) => dueMs,
    );
    this.#held = shelf;
    this.#full = new Full(context, settings.room.pauseAt);
    if (this.#full.isWatched)
      for (const [id, { held }] of this.#keys.scan('')) this.#full.note(id, countOf(held));
  }

  process(record: StreamRecord): void {
    this.#held.begin();
    const numbered = attempt(this.#context, record, (one) => this.#number(one), 'invalid');
    if (numbered === FAILED) return;
    const { id, epoch } = numbered;
    if (this.#context.input.isAgain) {
      this.#held.again(rowKey(id, numbered.number), record);
      return;
    }
    this.advance();
    let state = this.#keys.get(id) ?? this.#fresh(epoch);
    if (epoch < state.epoch) {
      late(
        this.#context,
        record,
        this.#settings.onLate,
        `of epoch ${epoch}, but epoch ${state.epoch} has begun`,
      );
      return;
    }
    if (epoch > state.epoch) {
      while (state.held.length > 0) state = this.#release(id, state, true);
      state = this.#fresh(epoch);
      this.#settle(id, state, record); // whatever becomes of the record, that epoch is over
    }
    this.#place(numbered, state);
  }

  advance(): void {
    const nowMs = this.#nowMs();
    while (this.#keys.earliestMs <= nowMs)
      for (const { key: id, value: state } of this.#keys.take(nowMs))
        if (state.held.length > 0) this.#settle(id, this.#giveUp(id, state), undefined);
  }

  #place(numbered: Numbered, state: KeyState): void {
    const { record, id, number } = numbered;
    if (state.next !== undefined && number < state.next) {
      const message = `number ${number} when ${state.next} is next: it came twice, or its gap was given up`;
      late(this.#context, record, this.#settings.onLate, message);
    } else if (number === state.next) {
      this.#context.emit(record);
      const moved = { ...state, next: number + 1n };
      this.#settle(id, moved.held[0]?.[0] === moved.next ? this.#release(id, moved, false) : moved, record);
    } else if (hasNumber(state.held, number)) this.#twice(numbered);
    else this.#hold(numbered, state);
  }

  #hold({ record, id, number }: Numbered, state: KeyState): void {
    const { room, gapEnd } = this.#settings;
    const count = countOf(state.held) + 1;
    const isRefused = room.overflow === 'dead-letter' && (gapEnd !== 'wait' || state.next !== undefined);
    if (count > room.most && isRefused) {
      this.#context.deadLetter(record, 'overflow', `${room.most} records of its key are held already`);
      return;
    }
    this.#held.put(rowKey(id, number), record);
    const held = { ...state, held: withNumber(state.held, number) };
    this.#full.note(id, count);
    if (count > room.most) this.#settle(id, this.#giveUp(id, held), record);
    else this.#keys.put(id, count === 1 ? this.#waiting(held, record.timestampMs) : held);
  }

  #twice({ record, id, number }: Numbered): void {
    const { onDuplicate } = this.#settings;
    if (onDuplicate === 'last') this.#held.put(rowKey(id, number), record);
    const how = onDuplicate === 'dead-letter' ? onDuplicate : 'drop';
    refuse(this.#context, record, { how, reason: 'duplicate', message: `number ${number} is held already` });
  }

  /** After progress: what is held still waits for a younger gap; nothing is held: the key may be forgotten one day. */
  #settle(id: string, state: KeyState, record: StreamRecord | undefined): void {
    this.#full.note(id, countOf(state.held));
    const lowest = state.held[0]?.[0];
    if (lowest !== undefined) {
      this.#keys.put(id, this.#waiting(state, this.#held.timestampOf(rowKey(id, lowest))));
      return;
    }
    const { forgetAfterMs, isEventTime } = this.#settings;
    const lastMs = isEventTime && record !== undefined ? record.timestampMs : this.#nowMs();
    this.#keys.put(id, { ...state, dueMs: forgetAfterMs === Infinity ? undefined : lastMs + forgetAfterMs });
  }

  #waiting(state: KeyState, oldestMs: number): KeyState {
    const { gapEnd, timeoutMs, isEventTime } = this.#settings;
    if (gapEnd === 'wait' && state.next !== undefined) return { ...state, dueMs: undefined };
    return { ...state, dueMs: (isEventTime ? oldestMs : this.#nowMs()) + timeoutMs };
  }

  /** The gap ends without its records. */
  #giveUp(id: string, state: KeyState): KeyState {
    const hole = `${state.next}-${state.held[0]![0] - 1n}`;
    if (state.next === undefined || this.#settings.gapEnd === 'wait') return this.#release(id, state, false);
    this.#context.count('gaps given up');
    switch (this.#settings.gapEnd) {
      case 'skip-and-mark':
        return this.#release(id, state, true);
      case 'dead-letter':
        return this.#bury(id, state, hole);
      case 'fail':
        throw new PipelineFailed(
          `step ${this.#context.step}: ${hole} of key ${id.slice(1)} did not come within ${this.#settings.timeoutMs} ms (gap.onTimeout is 'fail')`,
        );
    }
  }

  /** The first run goes on. */
  #release(id: string, state: KeyState, isMarked: boolean): KeyState {
    const [[from, to], ...rest] = state.held as readonly [Runs[number], ...Runs];
    for (let number = from; number <= to; number++) {
      const isBehindHole = isMarked && number === from && state.next !== undefined;
      const hole = isBehindHole ? `${state.next}-${from - 1n}` : undefined;
      this.#held.take(rowKey(id, number), (held) => {
        const record = withoutRaw(held);
        this.#context.emit(hole === undefined ? record : withHeader(record, GAP_HEADER, hole));
      });
    }
    return { ...state, next: to + 1n, held: rest };
  }

  #bury(id: string, state: KeyState, hole: string): KeyState {
    for (const [from, to] of state.held)
      for (let number = from; number <= to; number++) {
        this.#held.take(rowKey(id, number), (held) =>
          this.#context.deadLetter(withoutRaw(held), 'gap', `${hole} before it did not come in time`),
        );
      }
    return { ...state, next: state.held.at(-1)![1] + 1n, held: [] };
  }

  #number(record: StreamRecord): Numbered {
    const { identify, sequenceOf, epochOf } = this.#settings;
    const number = whole(sequenceOf(record), 'the sequence number');
    const epoch = epochOf === undefined ? 0n : whole(epochOf(record), 'the epoch');
    return { record, id: identify(record), number, epoch };
  }

  #fresh(epoch: bigint): KeyState {
    return { next: this.#settings.start, epoch, held: [], dueMs: undefined };
  }

  #nowMs(): number {
    const { watermarkMs, wallMs } = this.#context.time;
    return this.#settings.isEventTime ? watermarkMs : wallMs;
  }
}

function rowKey(id: string, number: bigint): string {
  return `${id}\u0000${number}`;
}

function whole(number: unknown, what: string): bigint {
  if (typeof number === 'bigint') return number;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return BigInt(number);
  throw new TypeError(`${what} is ${String(number)}, no whole number (beyond 2^53 use a bigint)`);
}
