/** The steps that bring records together: keyBy, dedupe, reorder. Their options are those of TypeScript, with expressions for functions. */
import {
  type DedupeOptions,
  type IdSource,
  NOT_SHARED,
  pathsOf,
  type ReorderOptions,
  type ThrottleOptions,
  withPaths,
} from '../../streams/index.ts';
import { type Apply, expression, groupCondition, identity } from '../expression.ts';
import {
  duration,
  either,
  flag,
  number,
  type Form,
  object,
  oneOf,
  optional,
  required,
  shortFor,
  text,
  whole,
} from '../form.ts';
import type { Part } from '../part.ts';
import { named } from './stateless.ts';
import { onward, type StepText, stepText } from './step-text.ts';

// biome-ignore lint/suspicious/noExplicitAny: text has no types
type Source = IdSource<any, any>;

/** `key`, `content`, { header: name }, { field: a.b }, or an expression. */
const idSource: Form<Source> = either<Source>(
  { fits: ({ json }) => json === 'key' || json === 'content', form: oneOf('key', 'content') },
  {
    fits: (part) => part.find('header') !== undefined,
    form: object({ header: required(text) }) as Form<{ header: string }>,
  },
  { fits: (part) => part.isMap, form: object({ field: required(text) }) as Form<{ field: string }> },
  { fits: () => true, form: identity },
);

const clock = optional(
  oneOf('event', 'processing'),
  'which clock measures time: the watermark, or the wall clock; default event',
);

const keyBy = stepText({
  summary: 'A new key. When a later step keeps state, records go over a repartition topic.',
  options: shortFor(
    object({
      key: required(identity, 'the new key, a text'),
      partitions: optional(whole, 'of the repartition topic; default as many as the largest input has'),
    }),
    identity,
    (key) => ({ key }),
  ),
  add: (flow, { key, ...options }, { as }) => ({
    ...onward(flow, flow.stream.keyBy(textKey(key!), { ...options, ...named(as) })),
    key: 'text',
  }),
});

const redis = object({ redis: required(text, 'redis://host:port') });
const store = optional(
  {
    ...redis,
    read: (part) => {
      part.find('shared')?.fail(NOT_SHARED);
      return redis.read(part);
    },
  },
  'where what it holds or remembers lies; in Redis it takes no memory here; default memory',
);

const dedupe = stepText({
  summary: 'Each business event once: the first or the last of each id.',
  isLossy: true,
  options: object({
    by: optional(
      idSource,
      'what makes two records the same event: key, content, { header }, { field } or an expression; default key',
    ),
    window: required(
      object({
        time: optional(duration, 'how long an id is remembered'),
        count: optional(whole, 'how many ids are remembered in one task'),
      }),
      'the first limit that is reached counts',
    ),
    store,
    clock,
    keep: optional(
      oneOf('first', 'last'),
      'first goes on at once; last when its window closes; default first',
    ),
    refreshOnDuplicate: optional(flag, 'a duplicate prolongs the window; default false'),
    onDuplicate: optional(oneOf('drop', 'mark', 'dead-letter'), 'default drop, counted'),
    onConflict: optional(
      oneOf('dead-letter', 'pass', 'drop'),
      'the same id with other content; default dead-letter',
    ),
    content: optional(expression, 'what two records must share to have the same content; default the value'),
    onLate: optional(oneOf('dead-letter', 'pass', 'drop'), 'older than the window; default dead-letter'),
  }),
  // biome-ignore lint/suspicious/noExplicitAny: text has no types
  add: (flow, options, beside) =>
    onward(flow, flow.stream.dedupe({ ...options, ...beside } as DedupeOptions<any, any>)),
});

const late = optional(
  oneOf('dead-letter', 'drop', 'mark'),
  'what comes when its place has been passed; default dead-letter',
);

const overflow = oneOf('release-oldest', 'dead-letter', 'spill', 'pause');

const bySequence = object({
  store,
  sequence: required(expression, 'the number of the record, a whole one'),
  by: optional(idSource, 'whose sequence it is; default the key'),
  start: optional(
    either<number | 'first-seen'>(
      { fits: ({ json }) => typeof json === 'number', form: whole },
      { fits: () => true, form: oneOf('first-seen') },
    ),
    'the first number; first-seen: the lowest that comes within gap.timeout',
  ),
  gap: required(
    object({
      timeout: optional(duration, 'how long a missing number is waited for'),
      onTimeout: optional(oneOf('skip-and-mark', 'wait', 'dead-letter', 'fail'), 'default skip-and-mark'),
    }),
  ),
  epoch: optional(expression, 'a higher number than before begins the sequence anew'),
  onDuplicate: optional(oneOf('drop', 'last', 'dead-letter'), 'the number is there already; default drop'),
  buffer: optional(object({ perKey: optional(whole, 'held for one key until it overflows; default 10000') })),
  overflow: optional(
    overflow,
    'release-oldest: the gap ends early; dead-letter: what comes then; spill: held on, on disk; pause: reading waits; default release-oldest, where gaps wait dead-letter',
  ),
  forgetAfter: optional(duration, 'a key without records for so long begins anew; default never'),
  clock,
  onLate: late,
});

const byEventTime = object({
  store,
  by: required(oneOf('event-time')),
  order: optional(expression, 'the order of records with the same time; default topic, partition, offset'),
  grace: optional(duration, 'waits so much longer than the watermark demands; default 0'),
  buffer: optional(
    object({ total: optional(whole, 'held in one task until it overflows; default 1000000') }),
  ),
  overflow: optional(
    oneOf('release-oldest', 'spill'),
    'release-oldest: the oldest go on early; spill: held on, on disk; default release-oldest',
  ),
  onLate: late,
});

const byCompleteness = object({
  group: required(
    idSource,
    'which records are related: key, content, { header }, { field } or an expression',
  ),
  complete: required(
    either<number | ((records: never) => boolean)>(
      { fits: ({ json }) => typeof json === 'number', form: whole },
      { fits: () => true, form: groupCondition as Form<(records: never) => boolean> },
    ),
    'how many there are; or a condition over records',
  ),
  order: optional(expression, 'their order in the group; default event time'),
  timeout: required(duration, 'how long the others are waited for'),
  onTimeout: optional(oneOf('dead-letter', 'release'), 'an incomplete group; default dead-letter'),
  forgetAfter: optional(duration, 'how long a finished group is remembered; default timeout'),
  buffer: optional(
    object({ perGroup: optional(whole, 'held for one group until it overflows; default 10000') }),
  ),
  overflow: optional(
    overflow,
    'dead-letter: what comes then; release-oldest: the group ends early; spill: held on, on disk; pause: reading waits; default dead-letter',
  ),
  clock,
  onLate: late,
});

const reorder = stepText({
  summary: 'Back into order: by sequence, by event time (by: event-time), or by completeness (group).',
  isLossy: true,
  options: {
    schema: { anyOf: [bySequence.schema, byEventTime.schema, byCompleteness.schema] },
    what: 'a mapping with sequence, by: event-time, or group',
    read: (part: Part): unknown => modeOf(part).read(part),
  },
  add: (flow, options, beside) =>
    // biome-ignore lint/suspicious/noExplicitAny: text has no types
    onward(flow, flow.stream.reorder({ ...(options as object), ...beside } as ReorderOptions<any, any>)),
});

function modeOf(part: Part): Form<unknown> {
  if (part.find('sequence') !== undefined) return bySequence;
  if (part.find('group') !== undefined) return byCompleteness;
  if (part.find('by') !== undefined) return byEventTime;
  return part.fail(
    'it does not say by what',
    'Give it sequence: …, by: event-time, or group: … with complete: …',
  );
}

const throttle = stepText({
  summary: 'At most so many records in a time; what comes faster is held and leaves later.',
  options: object({
    rate: required(number, 'so many records'),
    per: optional(duration, 'in this time; default 1s'),
    by: optional(
      either<Source | 'task'>(
        { fits: ({ json }) => json === 'task', form: oneOf('task') },
        { fits: () => true, form: idSource },
      ),
      'of each of what; task: of all that one task sends; default key',
    ),
    burst: optional(whole, 'so many may leave at once after a pause; default 1'),
  }),
  add: (flow, options, { as }) =>
    // biome-ignore lint/suspicious/noExplicitAny: text has no types
    onward(flow, flow.stream.throttle({ ...options, ...named(as) } as ThrottleOptions<any, any>)),
});

/** Numbers are keys too, as they are written. */
function textKey(keyOf: Apply): Apply<string> {
  const apply: Apply<string> = (record) => {
    const key: unknown = keyOf(record);
    if (typeof key === 'string') return key;
    if (typeof key === 'number' || typeof key === 'bigint') return String(key);
    throw new TypeError(`the key is ${JSON.stringify(key)}; a text or a number is needed`);
  };
  return withPaths(apply, pathsOf(keyOf));
}

export const keyed: Readonly<Record<string, StepText>> = { keyBy, dedupe, reorder, throttle };
