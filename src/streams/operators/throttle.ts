/**
 * throttle: at most so many records leave in a time. What comes faster is held and leaves later, in the order in which it came; nothing is
 * dropped, and no partition waits.
 *
 *   in     xxxxx······x······        rate 1 per second:      out    x--x--x--x--x--x
 *
 *   T1  between two records of an id lie per / rate; `burst` of them may leave at once after a pause. So in any span of `per` at most
 *       rate + burst - 1 leave
 *   T2  the clock is the wall's: after a restart what is due leaves, and the pace goes on from where it was
 *   T3  an id is forgotten when it could send a whole burst again
 */
import { PlanError } from '../plan-error.ts';
import type { StepNode } from '../plan/node.ts';
import { type StreamRecord, withoutRaw } from '../record.ts';
import type { DatedTable } from '../store/dated-table.ts';
import { jsonCodec } from '../store/json-codec.ts';
import type { Codec } from '../store/overlay.ts';
import { recordCodec } from '../store/record-codec.ts';
import type { Table } from '../store/table.ts';
import type { TimeQueue } from '../store/time-queue.ts';
import { type Duration, durationMs, durationText } from '../time/duration.ts';
import { attempt, FAILED } from './attempt.ts';
import { type Identify, identifier, type IdSource } from './id-source.ts';
import type { MakeOperator, Operator, OperatorContext } from './operator.ts';

export interface ThrottleOptions<K, V> {
  readonly as?: string;
  /** So many records ... */
  readonly rate: number;
  /** ... in this time. Default 1s. */
  readonly per?: Duration;
  /** Of each of what; `task`: of all that one task sends, so the rate of the pipeline is as many times that as it has tasks. Default the key. */
  readonly by?: IdSource<K, V> | 'task';
  /** So many may leave at once after a pause. Default 1. */
  readonly burst?: number;
}

export interface ThrottleSettings {
  readonly identify: Identify;
  readonly rate: number;
  readonly perMs: number;
  readonly burst: number;
  readonly shown: Pick<StepNode, 'details' | 'meets' | 'isKeyed'> & { readonly state: string };
}

export function throttleSettings(options: ThrottleOptions<unknown, unknown>): ThrottleSettings {
  const { rate, per = '1s', by = 'key', burst = 1 } = options;
  const perMs = durationMs(per, 'throttle: per');
  if (!(Number.isFinite(rate) && rate > 0))
    throw new PlanError(`throttle: rate is ${rate}; it is a number above 0`);
  if (perMs === 0) throw new PlanError("throttle: per is no time at all; write per: '1s'");
  if (!(Number.isSafeInteger(burst) && burst > 0))
    throw new PlanError(`throttle: burst is ${burst}; it is a number of records, 1 or more`);
  const whose = by === 'task' ? { name: 'task', paths: undefined, identify: () => '' } : identifier(by);
  return {
    identify: whose.identify,
    rate,
    perMs,
    burst,
    shown: {
      details: [
        `${rate} per ${durationText(perMs)}, by ${whose.name}`,
        ...(burst === 1 ? [] : [`bursts of ${burst}`]),
      ],
      meets: by === 'task' ? undefined : { paths: whose.paths },
      isKeyed: by !== 'task',
      state: 'held records, the pace of each',
    },
  };
}

export function throttle(settings: ThrottleSettings): MakeOperator {
  return (context) => new Throttle(context, settings);
}

/** So many were let leave since then; when that is paid for, it is forgotten. */
interface Pace {
  readonly sinceMs: number;
  readonly sent: number;
}

const COUNT = 'count';

class Throttle implements Operator {
  readonly #context: OperatorContext;
  readonly #settings: ThrottleSettings;
  readonly #held: TimeQueue<StreamRecord>;
  readonly #paces: DatedTable<Pace>;
  /** So many records have been held: their order among those of one millisecond. */
  readonly #counts: Table<number>;

  constructor(context: OperatorContext, settings: ThrottleSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#held = context.state.queue('held', recordCodec);
    this.#paces = context.state.dated('paces', jsonCodec as Codec<Pace>, (pace) => this.#paidMs(pace));
    this.#counts = context.state.table('counts', jsonCodec as Codec<number>);
  }

  process(record: StreamRecord): void {
    const id = attempt(this.#context, record, this.#settings.identify, 'invalid');
    if (id === FAILED) return;
    this.advance();
    const { wallMs } = this.#context.time;
    const known = this.#paces.get(id);
    const { sinceMs, sent } =
      known === undefined || this.#paidMs(known) <= wallMs ? { sinceMs: wallMs, sent: 0 } : known;
    this.#paces.put(id, { sinceMs, sent: sent + 1 });
    const leavesMs = this.#paidMs({ sinceMs, sent: sent + 1 - this.#settings.burst });
    if (leavesMs <= wallMs) return this.#context.emit(record);
    const count = (this.#counts.get(COUNT) ?? 0) + 1;
    this.#counts.put(COUNT, count);
    this.#held.add(leavesMs, count.toString(16).padStart(14, '0'), record);
    this.#context.count('held');
  }

  advance(): void {
    const { wallMs } = this.#context.time;
    if (this.#held.earliestMs <= wallMs)
      for (const { value } of this.#held.take(wallMs)) this.#context.emit(withoutRaw(value));
    if (this.#paces.earliestMs <= wallMs) for (const _ of this.#paces.take(wallMs)); // T3
  }

  /** Whole milliseconds, from whole numbers alone: sums of fractions would let one too many leave. */
  #paidMs({ sinceMs, sent }: Pace): number {
    const { rate, perMs } = this.#settings;
    return sinceMs + Math.ceil((sent * perMs) / rate);
  }
}
