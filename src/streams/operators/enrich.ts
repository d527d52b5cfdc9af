/**
 * enrich: asks a lookup of the user's about each record, and combines the answer with it. The lookup runs outside of the task
 * (operator.ts, Q1 to Q5): order is kept, nothing is committed before it is answered, and a question may be asked twice.
 *
 *   E1  answers are remembered for `ttl`, that there is none for `negativeTtl`; at most `maxEntries`, in memory only
 *   E2  the same question is outside once at a time; at most `atOnce` are
 *   E3  a lookup that throws or takes longer than `timeout` is tried again after a pause that doubles; after `attempts` its record goes to
 *       the dead letter topic with what it said at last
 */
import { PlanError } from '../plan-error.ts';
import { type StreamRecord, withValue } from '../record.ts';
import { type Duration, durationMs, durationText } from '../time/duration.ts';
import { attempt, FAILED } from './attempt.ts';
import type { MakeOperator, Outside } from './operator.ts';

export type Lookup<I, F> = (
  id: I,
  limits: { /** Aborted when the time is over. */ readonly signal: AbortSignal },
) => F | null | undefined | PromiseLike<F | null | undefined>;

export interface EnrichOptions<K, V, I, F> {
  readonly as?: string;
  /** Null or undefined as the answer: there is none. */
  readonly lookup: Lookup<I, F>;
  /** What is looked up: text, a number or a bigint; null or undefined: nothing. Default the key. */
  readonly on?: (record: StreamRecord<K, V>) => I | null | undefined;
  /** Default 5m. */
  readonly ttl?: Duration;
  /** Default 30s. */
  readonly negativeTtl?: Duration;
  /** Default 10,000 in each task. */
  readonly maxEntries?: number;
  /** Default 32 in each task. */
  readonly atOnce?: number;
  /** Default 5. */
  readonly attempts?: number;
  /** Of one lookup. Default 10s. */
  readonly timeout?: Duration;
}

/** For whoever answers: outside.kind 'lookup'. */
export interface LookupSettings {
  readonly lookup: Lookup<unknown, unknown>;
  readonly ttlMs: number;
  readonly negativeTtlMs: number;
  readonly maxEntries: number;
  readonly attempts: number;
  readonly timeoutMs: number;
}

/** `found` is undefined where there is no answer. */
export type CombineFound = (value: unknown, found: unknown, record: StreamRecord) => unknown;

export function enrichOutside(options: EnrichOptions<unknown, unknown, unknown, unknown>): Outside {
  const { lookup, maxEntries = 10_000, atOnce = 32, attempts = 5 } = options;
  if (typeof lookup !== 'function')
    throw new PlanError('enrich: lookup is the function that is asked: { lookup: (id) => … }');
  for (const [name, count] of Object.entries({ maxEntries, atOnce, attempts }))
    if (!(Number.isSafeInteger(count) && count > 0))
      throw new PlanError(`enrich: ${name} is ${count}; it is 1 or more`);
  const settings: LookupSettings = {
    lookup,
    ttlMs: durationMs(options.ttl ?? '5m', 'enrich: ttl'),
    negativeTtlMs: durationMs(options.negativeTtl ?? '30s', 'enrich: negativeTtl'),
    maxEntries,
    attempts,
    timeoutMs: durationMs(options.timeout ?? '10s', 'enrich: timeout'),
  };
  return { kind: 'lookup', settings, atOnce };
}

export function enrichDetails({ settings, atOnce }: Outside): string[] {
  const { ttlMs, negativeTtlMs, maxEntries, attempts } = settings as LookupSettings;
  return [
    `answers are good for ${durationText(ttlMs)}, that there is none for ${durationText(negativeTtlMs)}`,
    `at most ${maxEntries} in memory, ${atOnce} at once, ${attempts} attempts`,
  ];
}

export function enrich(
  on: ((record: StreamRecord) => unknown) | undefined,
  combine: CombineFound,
): MakeOperator {
  return (context) => {
    const meet = (record: StreamRecord, found: unknown) => {
      const value = attempt(context, record, (one) => combine(one.value, found, one));
      if (value !== FAILED) context.emit(withValue(record, value));
    };
    return {
      process(record) {
        const id = attempt(context, record, (one) => idOf(on === undefined ? one.key : on(one)), 'invalid');
        if (id === FAILED) return;
        if (id === undefined) return meet(record, undefined);
        context.ask(id, (answer) => {
          if ('refusal' in answer) context.deadLetter(record, 'failed', answer.refusal);
          else meet(record, answer.value ?? undefined);
        });
      },
    };
  };
}

function idOf(id: unknown): string | number | bigint | undefined {
  if (id === null || id === undefined) return undefined;
  if (typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint') return id;
  throw new TypeError(
    `what is looked up is of type ${typeof id}; it is text, a number or a bigint: say which, on: (r) => …`,
  );
}
