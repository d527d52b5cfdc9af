/** What `dedupe` can be told, and what follows when it is not. Wrong combinations are refused here, with the reason. */
import { PlanError } from '../plan-error.ts';
import type { StepNode } from '../plan/node.ts';
import type { StreamRecord } from '../record.ts';
import { type Duration, durationMs, durationText } from '../time/duration.ts';
import { type RedisOptions, redisOptions, redisText } from './redis-options.ts';
import { type Identify, identifier, type IdSource } from './id-source.ts';

export interface DedupeOptions<K, V> {
  readonly as?: string;
  /** What makes two records the same event. Default: the key. */
  readonly by?: IdSource<K, V>;
  /** How long an id is remembered: the first limit that is reached counts. `count` is for one task, that is, one partition. */
  readonly window: { readonly time?: Duration; readonly count?: number };
  /** `event`: by the watermark, so that a replay gives the same answer; `processing`: by the wall clock. Default event. */
  readonly clock?: 'event' | 'processing';
  /** `first` goes on at once; `last` when its window closes. Default first. */
  readonly keep?: 'first' | 'last';
  /** A duplicate prolongs the window. Default false. */
  readonly refreshOnDuplicate?: boolean;
  /** `mark`: it goes on with the header `x-duplicate-of: topic/partition/offset`. Default drop (counted). */
  readonly onDuplicate?: 'drop' | 'mark' | 'dead-letter';
  /** The same id with other content. Default dead-letter: an id that is used twice is a bug somewhere. */
  readonly onConflict?: 'dead-letter' | 'pass' | 'drop';
  /** What two records must share to have the same content. Default: the value. */
  readonly content?: (record: StreamRecord<K, V>) => unknown;
  /** Older than the window: nobody can say any more whether it is a duplicate. Default dead-letter. */
  readonly onLate?: 'dead-letter' | 'pass' | 'drop';
  /**
   * Where ids (keep last: the last records) lie, besides the changelog. In Redis they take no memory here; it is a cache of the changelog,
   * losing it loses nothing. Default: with the other state.
   */
  readonly store?: RedisOptions;
  /** Why what is dropped (late, conflict) may be. */
  readonly because?: string;
}

type Shown = Pick<StepNode, 'details' | 'meets' | 'drops' | 'because'> & { readonly state: string };

export interface DedupeSettings {
  /** Undefined: ids are in state. */
  readonly redis: RedisOptions | undefined;
  readonly identify: Identify;
  /** Infinity: no limit. */
  readonly timeMs: number;
  readonly count: number;
  readonly isEventTime: boolean;
  readonly keep: 'first' | 'last';
  readonly refreshes: boolean;
  readonly onDuplicate: 'drop' | 'mark' | 'dead-letter';
  readonly onConflict: 'dead-letter' | 'pass' | 'drop';
  readonly onLate: 'dead-letter' | 'pass' | 'drop';
  readonly contentOf: (record: StreamRecord) => unknown;
  readonly shown: Shown;
}

export function dedupeSettings(options: DedupeOptions<unknown, unknown>): DedupeSettings {
  const { window, clock = 'event', keep = 'first', onConflict = 'dead-letter' } = options;
  const timeMs = window.time === undefined ? Infinity : durationMs(window.time, 'dedupe: window.time');
  const count = window.count ?? Infinity;
  if (timeMs === Infinity && count === Infinity)
    throw new PlanError("dedupe: window needs a limit, { time: '24h' } or { count: 1_000_000 } or both");
  if (count !== Infinity && !(Number.isSafeInteger(count) && count > 0))
    throw new PlanError(`dedupe: window.count is ${count}; it is a number of ids, 1 or more`);
  if (keep === 'last') checkLast(options, timeMs);
  const redis = redisOptions(options.store, 'dedupe');
  const { name, paths, identify } = identifier(options.by ?? 'key');
  const limits = [
    ...(timeMs === Infinity ? [] : [durationText(timeMs)]),
    ...(count === Infinity ? [] : [`${count} ids`]),
  ];
  return {
    redis,
    identify,
    timeMs,
    count,
    isEventTime: clock === 'event',
    keep,
    refreshes: options.refreshOnDuplicate ?? false,
    onDuplicate: options.onDuplicate ?? 'drop',
    onConflict,
    onLate: options.onLate ?? 'dead-letter',
    contentOf: options.content ?? ((record) => record.value),
    shown: {
      details: [
        `by ${name}`,
        `keep ${keep}`,
        `${clock} time`,
        `conflicts: ${keep === 'last' ? 'the last wins' : onConflict}`,
        ...(redis === undefined
          ? []
          : [
              `${keep === 'last' ? 'records' : 'ids'} in Redis at ${redisText(redis)}, a cache of the changelog`,
            ]),
      ],
      meets: { paths },
      drops: dropsOf(options),
      because: options.because,
      state: `${keep === 'last' ? 'the last record of each id' : 'ids'} of ${limits.join(', at most ')} in each task`,
    },
  };
}

function dropsOf({ onLate, onConflict }: DedupeOptions<unknown, unknown>): string[] {
  return [...(onLate === 'drop' ? ['late'] : []), ...(onConflict === 'drop' ? ['conflict'] : [])];
}

function checkLast(options: DedupeOptions<unknown, unknown>, timeMs: number): void {
  if (timeMs === Infinity)
    throw new PlanError(
      "dedupe: keep 'last' needs window.time: the last record goes on when the window closes",
    );
  for (const name of ['onDuplicate', 'onConflict', 'content', 'refreshOnDuplicate'] as const)
    if (options[name] !== undefined)
      throw new PlanError(
        `dedupe: ${name} has no meaning with keep 'last', where a later record replaces the earlier one`,
      );
}
