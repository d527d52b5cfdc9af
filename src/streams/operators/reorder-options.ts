/** What `reorder` can be told, in its three modes; and what follows when it is not. */
import { PlanError } from '../plan-error.ts';
import type { StepNode } from '../plan/node.ts';
import type { StateOptions } from '../plan/pipeline.ts';
import type { StreamRecord } from '../record.ts';
import { type RedisOptions, redisOptions, redisText } from './redis-options.ts';
import { type Duration, durationMs, durationText } from '../time/duration.ts';
import { type Overflow, type Room, roomOf, roomText } from './overflow.ts';
import { type Identify, identifier, type IdSource } from './id-source.ts';

type Ask<K, V, R> = (record: StreamRecord<K, V>) => R;
export type Late = 'dead-letter' | 'drop' | 'mark';
export type GapEnd = 'skip-and-mark' | 'wait' | 'dead-letter' | 'fail';

interface Common {
  readonly as?: string;
  /** Which clock measures time-outs: the watermark, or the wall clock. Default event. */
  readonly clock?: 'event' | 'processing';
  /** What comes when its place has already been passed. Default dead-letter; `mark`: it goes on with the header `x-late`. */
  readonly onLate?: Late;
  /** Why what is dropped (late) may be. */
  readonly because?: string;
  /**
   * Where held records lie. In Redis they take no memory here, and people can look at them; it is a cache: losing it loses nothing. The
   * position in the input topic stays at the oldest held record. Of groups only where `complete` is a number. Default: with the other state.
   */
  readonly store?: RedisOptions;
}

/** Per key: 1, 2, 3, ... */
export interface BySequence<K, V> extends Common {
  readonly sequence: Ask<K, V, bigint | number>;
  /** Whose sequence it is. Default: the key. */
  readonly by?: IdSource<K, V>;
  /** The first number; `first-seen`: the lowest that comes within `gap.timeout`. Default first-seen. */
  readonly start?: bigint | number | 'first-seen';
  /** How long a missing number is waited for, and what then. `wait`: for ever, that key alone. */
  readonly gap: { readonly timeout?: Duration; readonly onTimeout?: GapEnd };
  /** A higher number than before begins the sequence anew: the producer restarted. A lower one is late. */
  readonly epoch?: Ask<K, V, bigint | number>;
  /** The number is there already, held: `drop`: the first wins; `last`: it replaces the first. Default drop. */
  readonly onDuplicate?: 'drop' | 'last' | 'dead-letter';
  /** Held for one key until `overflow` says what happens. Default 10,000. */
  readonly buffer?: { readonly perKey?: number };
  /**
   * `release-oldest`: the gap ends early, as `gap.onTimeout` says. `dead-letter`: the newcomer. `spill`: held on, on disk. `pause`: nothing more
   * of the partition is read meanwhile (with `clock: 'processing'`). Default release-oldest; where gaps wait for ever, dead-letter.
   */
  readonly overflow?: Overflow;
  /** A key without records for so long is forgotten, and begins anew. Default never: its state stays. */
  readonly forgetAfter?: Duration;
}

/** By (event time, topic, partition, offset), held until the watermark has passed. It cannot know of gaps. */
export interface ByEventTime<K, V> extends Omit<Common, 'clock'> {
  readonly by: 'event-time';
  /** The order of records with the same time. Default: (topic, partition, offset), which also decides what this leaves open. */
  readonly order?: Ask<K, V, number | string>;
  /** Waits so much longer than the watermark demands. Default 0. */
  readonly grace?: Duration;
  /** Held in one task until `overflow` says what happens. Default 1,000,000. */
  readonly buffer?: { readonly total?: number };
  /** `release-oldest`: the oldest go on early, and what is older still is late. `spill`: held on, on disk. Default release-oldest. */
  readonly overflow?: 'release-oldest' | 'spill';
}

/** Related records go on together, in order, once all are there. */
export interface ByCompleteness<K, V> extends Common {
  readonly group: IdSource<K, V>;
  /** How many there are; or whether these are all. */
  readonly complete: number | ((records: readonly StreamRecord<K, V>[]) => boolean);
  /** Their order in the group: by this value, then by (topic, partition, offset). Default: event time. */
  readonly order?: Ask<K, V, number | bigint | string>;
  readonly timeout: Duration;
  /** An incomplete group. `release`: it goes on with the header `x-incomplete`. Default dead-letter. */
  readonly onTimeout?: 'dead-letter' | 'release';
  /** How long a finished group is remembered, so that a straggler is late and not a group of its own. Default: `timeout`. */
  readonly forgetAfter?: Duration;
  /** Held for one group until `overflow` says what happens. Default 10,000. */
  readonly buffer?: { readonly perGroup?: number };
  /**
   * `release-oldest`: the group ends early, as `onTimeout` says. `dead-letter`: the newcomer. `spill`: held on, on disk. `pause`: nothing more of
   * the partition is read meanwhile (with `clock: 'processing'`). Default dead-letter.
   */
  readonly overflow?: Overflow;
}

export type ReorderOptions<K, V> = BySequence<K, V> | ByEventTime<K, V> | ByCompleteness<K, V>;

type Shown = Pick<StepNode, 'details' | 'drops' | 'because'> &
  Partial<Pick<StepNode, 'meets' | 'isByEventTime'>> & { readonly state: string };

interface CacheSettings {
  /** Undefined: held records are in state. */
  readonly redis: RedisOptions | undefined;
}

export interface SequenceSettings extends CacheSettings {
  readonly mode: 'sequence';
  readonly identify: Identify;
  readonly sequenceOf: Ask<unknown, unknown, bigint | number>;
  readonly epochOf: Ask<unknown, unknown, bigint | number> | undefined;
  /** Undefined: first seen. */
  readonly start: bigint | undefined;
  readonly timeoutMs: number;
  readonly gapEnd: GapEnd;
  readonly isEventTime: boolean;
  readonly onLate: Late;
  readonly onDuplicate: 'drop' | 'last' | 'dead-letter';
  /** Of one key. */
  readonly room: Room;
  readonly forgetAfterMs: number;
  readonly shown: Shown;
}

export interface EventTimeSettings extends CacheSettings {
  readonly mode: 'event-time';
  /** Undefined: by source. */
  readonly orderOf: Ask<unknown, unknown, number | string> | undefined;
  readonly graceMs: number;
  readonly room: Room;
  readonly onLate: Late;
  readonly shown: Shown;
}

export interface CompletenessSettings extends CacheSettings {
  readonly mode: 'completeness';
  readonly identify: Identify;
  readonly complete: number | ((records: readonly StreamRecord[]) => boolean);
  readonly orderOf: Ask<unknown, unknown, number | bigint | string>;
  readonly timeoutMs: number;
  readonly onTimeout: 'dead-letter' | 'release';
  readonly forgetAfterMs: number;
  readonly isEventTime: boolean;
  readonly onLate: Late;
  /** Of one group. */
  readonly room: Room;
  readonly shown: Shown;
}

export type ReorderSettings = SequenceSettings | EventTimeSettings | CompletenessSettings;

const HELD_PER_KEY = 10_000;
const HELD_IN_TASK = 1_000_000;

/** `state`: where the pipeline keeps it. */
export function reorderSettings(
  options: ReorderOptions<unknown, unknown>,
  state: StateOptions,
): ReorderSettings {
  if ('sequence' in options) return bySequence(options, state);
  if ('group' in options) return byCompleteness(options, state);
  if (options.by === 'event-time') return byEventTime(options, state);
  throw new PlanError("reorder: give it a sequence, a group, or by: 'event-time'");
}

function bySequence(options: BySequence<unknown, unknown>, state: StateOptions): SequenceSettings {
  const { gap, start = 'first-seen', clock = 'event' } = options;
  const gapEnd = gap.onTimeout ?? 'skip-and-mark';
  if (gap.timeout === undefined && (gapEnd !== 'wait' || start === 'first-seen'))
    throw new PlanError("reorder: gap.timeout says how long a missing number is waited for, such as '30s'");
  const { name, paths, identify } = identifier(options.by ?? 'key');
  const timeoutMs = durationMs(gap.timeout ?? 0, 'reorder: gap.timeout');
  const perKey = limit(options.buffer?.perKey ?? HELD_PER_KEY, 'buffer.perKey');
  const isWaiting = gapEnd === 'wait';
  const room = roomOf({
    overflow: options.overflow ?? (isWaiting ? 'dead-letter' : 'release-oldest'),
    among: isWaiting ? ['dead-letter', 'spill'] : ['release-oldest', 'dead-letter', 'spill', 'pause'],
    limit: perKey,
    state,
    endless: isWaiting
      ? "gap.onTimeout is 'wait', and the number that is missing would not be read"
      : byWatermark(clock),
  });
  const forgetAfterMs =
    options.forgetAfter === undefined ? Infinity : durationMs(options.forgetAfter, 'reorder: forgetAfter');
  return {
    mode: 'sequence',
    redis: redisOptions(options.store, 'reorder'),
    identify,
    sequenceOf: options.sequence,
    epochOf: options.epoch,
    start: start === 'first-seen' ? undefined : BigInt(start),
    timeoutMs,
    gapEnd,
    isEventTime: clock === 'event',
    onLate: options.onLate ?? 'dead-letter',
    onDuplicate: options.onDuplicate ?? 'drop',
    room,
    forgetAfterMs,
    shown: {
      ...lossOf(options),
      meets: { paths },
      details: [
        `by sequence, of ${name}`,
        `from ${start}`,
        gapEnd === 'wait' ? 'gaps: wait' : `gaps: ${gapEnd} after ${durationText(timeoutMs)}, ${clock} time`,
        ...cacheDetails(options.store),
      ],
      state: `next number of each ${name}${forgetAfterMs === Infinity ? '' : ` of the last ${durationText(forgetAfterMs)}`}, ${roomText(room, perKey, 'of one', 'its gap ends early')}`,
    },
  };
}

function byEventTime(options: ByEventTime<unknown, unknown>, state: StateOptions): EventTimeSettings {
  const graceMs = durationMs(options.grace ?? 0, 'reorder: grace');
  const total = limit(options.buffer?.total ?? HELD_IN_TASK, 'buffer.total');
  const room = roomOf({
    overflow: options.overflow ?? 'release-oldest',
    among: ['release-oldest', 'spill'],
    limit: total,
    state,
    endless: 'what is held goes on by the watermark, which stands still when nothing is read',
  });
  return {
    mode: 'event-time',
    redis: redisOptions(options.store, 'reorder'),
    orderOf: options.order,
    graceMs,
    room,
    onLate: options.onLate ?? 'dead-letter',
    shown: {
      ...lossOf(options),
      isByEventTime: true,
      details: ['by event time', `grace ${durationText(graceMs)}`, ...cacheDetails(options.store)],
      state: roomText(room, total, 'in each task', 'the oldest go on early'),
    },
  };
}

function byCompleteness(
  options: ByCompleteness<unknown, unknown>,
  state: StateOptions,
): CompletenessSettings {
  const { complete, clock = 'event', onTimeout = 'dead-letter' } = options;
  const redis = redisOptions(options.store, 'reorder');
  if (redis !== undefined && typeof complete !== 'number')
    throw new PlanError(
      'reorder: with store.redis, complete is a number: a condition needs all records of the group at every new one, and they are in Redis; ' +
        'give the number of records, or leave out store',
    );
  const timeoutMs = durationMs(options.timeout, 'reorder: timeout');
  const { name, paths, identify } = identifier(options.group);
  const perGroup = limit(options.buffer?.perGroup ?? HELD_PER_KEY, 'buffer.perGroup');
  if (typeof complete === 'number') limit(complete, 'complete');
  const room = roomOf({
    overflow: options.overflow ?? 'dead-letter',
    among: ['dead-letter', 'release-oldest', 'spill', 'pause'],
    limit: perGroup,
    state,
    endless: byWatermark(clock),
  });
  return {
    mode: 'completeness',
    redis,
    identify,
    complete,
    orderOf: options.order ?? ((record) => record.timestampMs),
    timeoutMs,
    onTimeout,
    forgetAfterMs: durationMs(options.forgetAfter ?? options.timeout, 'reorder: forgetAfter'),
    isEventTime: clock === 'event',
    onLate: options.onLate ?? 'dead-letter',
    room,
    shown: {
      ...lossOf(options),
      meets: { paths },
      details: [
        `groups by ${name}`,
        `complete: ${typeof complete === 'number' ? `${complete} records` : 'a condition'}`,
        `else ${onTimeout} after ${durationText(timeoutMs)}, ${clock} time`,
        ...cacheDetails(options.store),
      ],
      state: roomText(room, perGroup, 'of one group', 'it ends early'),
    },
  };
}

function byWatermark(clock: 'event' | 'processing'): string | undefined {
  if (clock === 'processing') return undefined;
  return "its time-outs go by event time, which stands still when nothing is read; give it clock: 'processing'";
}

function lossOf({ onLate, because }: Common) {
  return { drops: onLate === 'drop' ? ['late'] : [], because };
}

function cacheDetails(options: RedisOptions | undefined): string[] {
  if (options === undefined) return [];
  return [
    `held in Redis at ${redisText(options)}, a cache: the input's position stays at the oldest of them`,
  ];
}

function limit(count: number, what: string): number {
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new PlanError(`reorder: ${what} is ${count}; it is a number of records, 1 or more`);
}
