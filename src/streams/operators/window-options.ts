/** What a window can be told, and what follows when it is not. Wrong combinations are refused here, with the reason. */
import { PlanError } from '../plan-error.ts';
import type { StepNode } from '../plan/node.ts';
import type { StreamRecord } from '../record.ts';
import { jsonCodec } from '../store/json-codec.ts';
import { type Duration, durationMs, durationText } from '../time/duration.ts';

/** Times are event times; windows are per key, and [start, end). */
export type WindowSpec =
  /** Side by side, from the epoch on. */
  | { readonly tumbling: Duration }
  /** A new one of this length every so often: a record is in several. */
  | { readonly hopping: Duration; readonly every: Duration }
  /** Records of a key with less than this between them. */
  | { readonly session: Duration };

export interface WindowOptions {
  readonly as?: string;
  /** How long a window waits for late records behind its end, by the watermark. Default 0. */
  readonly grace?: Duration;
  /**
   * `on-close`: one result, when nothing can change it any more; `on-update`: one for every record, with the header
   * `x-revision` (1, 2, 3, ...), and `x-replaces: start-end, ...` where sessions became one. Default on-close.
   */
  readonly emit?: 'on-close' | 'on-update';
  /** A record whose windows are all closed. Default dead-letter. */
  readonly onLate?: 'dead-letter' | 'drop';
  /** Why records may be dropped. */
  readonly because?: string;
}

/** `add` and `merge` answer a new aggregate, which is data: plain objects, arrays, text, numbers, bigints, dates, bytes. */
export interface Aggregator<K, V, A> {
  readonly init: () => A;
  readonly add: (aggregate: A, record: StreamRecord<K, V>) => A;
  /** Two sessions become one: sessions need it. */
  readonly merge?: (earlier: A, later: A) => A;
}

export interface Windowed<A> {
  readonly startMs: number;
  /** The first moment that is not in it; of a session: its last record + the gap. */
  readonly endMs: number;
  readonly value: A;
}

export interface WindowSettings {
  /** Hopping; tumbling windows hop by their own length. Undefined: sessions. */
  readonly aligned: { readonly sizeMs: number; readonly everyMs: number } | undefined;
  readonly gapMs: number;
  readonly graceMs: number;
  readonly isOnUpdate: boolean;
  /** `output`: the step's second output. */
  readonly onLate: 'dead-letter' | 'drop' | 'output';
  readonly aggregator: Required<Aggregator<unknown, unknown, unknown>>;
  readonly shown: Pick<StepNode, 'details' | 'drops' | 'because'> & { readonly state: string };
}

const WINDOWS_OF_A_RECORD_MAX = 1000;

export function windowSettings(
  spec: WindowSpec,
  options: WindowOptions & { readonly late?: unknown },
  { name, aggregator }: { name: string; aggregator: Aggregator<unknown, unknown, unknown> },
): WindowSettings {
  const graceMs = durationMs(options.grace ?? 0, 'window: grace');
  const shape = shapeOf(spec);
  if (options.late !== undefined && options.onLate !== undefined)
    throw new PlanError('window: late records go to one place: give `late` or onLate, not both');
  const isOnUpdate = options.emit === 'on-update';
  const onLate = options.late === undefined ? (options.onLate ?? 'dead-letter') : 'output';
  checkAggregate(aggregator);
  if (shape.aligned === undefined && aggregator.merge === undefined)
    throw new PlanError('window: sessions can become one, so the aggregator needs merge(earlier, later)');
  return {
    ...shape,
    graceMs,
    isOnUpdate,
    onLate,
    aggregator: { merge: (earlier) => earlier, ...aggregator },
    shown: {
      details: [
        name,
        shape.text,
        ...(graceMs === 0 ? [] : [`grace ${durationText(graceMs)}`]),
        isOnUpdate ? 'on update' : 'on close',
        `late: ${onLate}`,
      ],
      state: `an aggregate for each key and open window`,
      drops: onLate === 'drop' ? ['late'] : [],
      because: options.because,
    },
  };
}

function shapeOf(spec: WindowSpec) {
  if ('session' in spec) {
    const gapMs = lengthOf(spec.session, 'session');
    return { aligned: undefined, gapMs, text: `sessions, gap ${durationText(gapMs)}` };
  }
  if ('tumbling' in spec) {
    const sizeMs = lengthOf(spec.tumbling, 'tumbling');
    return { aligned: { sizeMs, everyMs: sizeMs }, gapMs: 0, text: `tumbling ${durationText(sizeMs)}` };
  }
  const [sizeMs, everyMs] = [lengthOf(spec.hopping, 'hopping'), lengthOf(spec.every, 'every')];
  if (everyMs > sizeMs)
    throw new PlanError(
      'window: every is longer than the window: records between two windows would be in none',
    );
  if (sizeMs / everyMs > WINDOWS_OF_A_RECORD_MAX)
    throw new PlanError(
      `window: a record would be in ${Math.ceil(sizeMs / everyMs)} windows, at most ${WINDOWS_OF_A_RECORD_MAX}: make every longer`,
    );
  return {
    aligned: { sizeMs, everyMs },
    gapMs: 0,
    text: `hopping ${durationText(sizeMs)}, every ${durationText(everyMs)}`,
  };
}

function lengthOf(duration: Duration, what: string): number {
  const ms = durationMs(duration, `window: ${what}`);
  if (ms < 1 || !Number.isInteger(ms))
    throw new PlanError(`window: ${what} is ${ms} ms; whole milliseconds, 1 or more`);
  return ms;
}

/** What cannot be held in state is found out before it runs, as far as the first aggregate shows it. */
function checkAggregate({ init }: Aggregator<unknown, unknown, unknown>): void {
  try {
    jsonCodec.encode(init());
  } catch (error) {
    throw new PlanError(`window: init: ${error instanceof Error ? error.message : String(error)}`);
  }
}
