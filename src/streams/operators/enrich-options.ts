/** EnrichOptions: who is asked about a record, and how often; checked once, when the plan is made. See enrich.ts. */
import { PlanError } from '../plan-error.ts';
import type { StreamRecord } from '../record.ts';
import { type Duration, durationMs, durationText } from '../time/duration.ts';
import type { Outside } from './operator.ts';

export type Lookup<I, F> = (
  id: I,
  limits: { /** Aborted when the time is over. */ readonly signal: AbortSignal },
) => F | null | undefined | PromiseLike<F | null | undefined>;

interface Asked {
  readonly as?: string;
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
  /** There is no answer: `pass`: the record goes on, with nothing found. Default pass. */
  readonly onMissing?: 'pass' | 'dead-letter';
  /** It could not be asked. `wait`: for as long as it takes. Default dead-letter. */
  readonly onFailure?: 'dead-letter' | 'pass' | 'wait';
}

export interface EnrichByFunction<K, V, I, F> extends Asked {
  /** Null or undefined as the answer: there is none. */
  readonly lookup: Lookup<I, F>;
  /** What is looked up: text, a number or a bigint; null or undefined: nothing. Default the key. */
  readonly on?: (record: StreamRecord<K, V>) => I | null | undefined;
}

export interface EnrichByHttp<K, V> extends Asked {
  /**
   * Asked with GET; null or undefined: nothing is. JSON is found with a status of 200 (at most 1 MiB), nothing with 204, 404 and 410. What
   * comes from a record belongs into encodeURIComponent().
   */
  readonly url: (record: StreamRecord<K, V>) => string | null | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export type EnrichOptions<K, V, I, F> = EnrichByFunction<K, V, I, F> | EnrichByHttp<K, V>;

/** For whoever answers: outside.kind 'lookup'. */
export interface LookupSettings {
  readonly lookup: Lookup<unknown, unknown>;
  readonly ttlMs: number;
  readonly negativeTtlMs: number;
  readonly maxEntries: number;
  readonly attempts: number;
  readonly timeoutMs: number;
  /** It never fails for good: whoever asks asks again. */
  readonly isWaiting: boolean;
}

/** outside.kind 'http'. */
export interface HttpLookupSettings extends Omit<LookupSettings, 'lookup'> {
  readonly headers: Readonly<Record<string, string>>;
}

export interface EnrichSettings {
  readonly question: (record: StreamRecord) => unknown;
  readonly onMissing: 'pass' | 'dead-letter';
  readonly onFailure: 'dead-letter' | 'pass' | 'wait';
  readonly outside: Outside;
  readonly details: readonly string[];
}

type Any = EnrichOptions<unknown, unknown, unknown, unknown>;

export function enrichSettings(options: Any): EnrichSettings {
  const {
    maxEntries = 10_000,
    atOnce = 32,
    attempts = 5,
    onMissing = 'pass',
    onFailure = 'dead-letter',
  } = options;
  for (const [name, count] of Object.entries({ maxEntries, atOnce, attempts }))
    if (!(Number.isSafeInteger(count) && count > 0))
      throw new PlanError(`enrich: ${name} is ${count}; it is 1 or more`);
  const isWaiting = onFailure === 'wait';
  if (isWaiting && options.attempts !== undefined)
    throw new PlanError(
      "enrich: attempts has no meaning with onFailure 'wait', where it is asked until it answers",
    );
  const limits = {
    ttlMs: durationMs(options.ttl ?? '5m', 'enrich: ttl'),
    negativeTtlMs: durationMs(options.negativeTtl ?? '30s', 'enrich: negativeTtl'),
    maxEntries,
    attempts: isWaiting ? 1 : attempts,
    timeoutMs: durationMs(options.timeout ?? '10s', 'enrich: timeout'),
    isWaiting,
  };
  const { question, outside } = asked(options, limits);
  const details = [
    ...('url' in options ? ['over HTTP'] : []),
    `answers are good for ${durationText(limits.ttlMs)}, that there is none for ${durationText(limits.negativeTtlMs)}`,
    `at most ${maxEntries} in memory, ${atOnce} at once, ${isWaiting ? 'asked until it answers' : `${attempts} attempts`}`,
  ];
  if (onMissing !== 'pass') details.push('without an answer: dead-letter');
  if (onFailure === 'pass') details.push('when it cannot be asked: pass');
  return { question, onMissing, onFailure, outside: { ...outside, atOnce }, details };
}

function asked(
  options: Any,
  limits: Omit<LookupSettings, 'lookup'>,
): { readonly question: EnrichSettings['question']; readonly outside: Outside } {
  if ('url' in options) {
    const { url, headers = {} } = options;
    if ('lookup' in options || 'on' in options)
      throw new PlanError(
        'enrich: a url says all that is asked; lookup and on belong to a function of your own',
      );
    if (typeof url !== 'function')
      throw new PlanError(
        'enrich: url is a function: { url: (r) => `http://…/${encodeURIComponent(r.value.id)}` }',
      );
    checkHeaders(headers);
    return { question: url, outside: { kind: 'http', settings: { ...limits, headers } } };
  }
  const { lookup, on = ({ key }) => key } = options;
  if (typeof lookup !== 'function')
    throw new PlanError(
      'enrich: lookup is the function that is asked: { lookup: (id) => … }; or give it a url',
    );
  return { question: on, outside: { kind: 'lookup', settings: { ...limits, lookup } } };
}

function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers))
    try {
      new Headers([[name, value]]);
    } catch {
      throw new PlanError(
        `enrich: '${name}' is no header that can be sent: its name or its value has characters that none has`,
      );
    }
}
