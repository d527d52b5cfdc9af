/**
 * Form: what can stand at a place of the text, said once: how it is read, and its JSON Schema for editors. What is read
 * has the shape of the options of the TypeScript form, so both faces lead to the same calls.
 */
import type { Duration } from '../streams/index.ts';
import type { JsonSchema } from './json-schema.ts';
import type { Part } from './part.ts';
import { meant } from './text-error.ts';

export interface Form<T> {
  readonly schema: JsonSchema;
  /** For messages: 'a number', 'first or last'. */
  readonly what: string;
  /** Throws `PipelineTextError`. */
  read(part: Part): T;
}

export interface Field<T> {
  readonly form: Form<T>;
  readonly isRequired: boolean;
}

type Fields = Readonly<Record<string, Field<unknown>>>;
type ReadOf<F extends Fields> = { readonly [name in keyof F]: F[name] extends Field<infer T> ? T : never };

export const text: Form<string> = {
  schema: { type: 'string' },
  what: 'a text',
  read: (part) => {
    const { json } = part;
    return typeof json === 'string'
      ? json
      : part.fail(`it must be a text, not ${part.kind}`, 'Put it in quotes');
  },
};

export const whole: Form<number> = {
  schema: { type: 'integer', minimum: 0 },
  what: 'a whole number',
  read: (part) => {
    const { json } = part;
    if (typeof json === 'number' && Number.isSafeInteger(json)) return json;
    return part.fail(`it must be a whole number, not ${part.kind}`);
  },
};

export const number: Form<number> = {
  schema: { type: 'number' },
  what: 'a number',
  read: (part) => {
    const { json } = part;
    return typeof json === 'number' ? json : part.fail(`it must be a number, not ${part.kind}`);
  },
};

export const flag: Form<boolean> = {
  schema: { type: 'boolean' },
  what: 'true or false',
  read: (part) => {
    const { json } = part;
    return typeof json === 'boolean' ? json : part.fail(`it must be true or false, not ${part.kind}`);
  },
};

export const duration: Form<Duration> = {
  schema: {
    anyOf: [
      { type: 'string', pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)$' },
      { type: 'number', minimum: 0 },
    ],
    examples: ['30s', '5m', '24h'],
  },
  what: 'a duration such as 30s',
  read: (part) => {
    const { json } = part;
    if (typeof json === 'number' && json >= 0) return json;
    if (typeof json === 'string' && /^\d+(\.\d+)?(ms|s|m|h|d)$/.test(json)) return json as Duration;
    return part.fail(`it must be a duration, not ${part.kind}`, 'Write 200ms, 30s, 5m, 24h or 7d');
  },
};

/** JSON as it stands. */
export const json: Form<unknown> = { schema: {}, what: 'a value', read: (part) => part.json };

export function oneOf<const T extends string>(...names: readonly T[]): Form<T> {
  return {
    schema: { enum: names },
    what: names.join(' or '),
    read: (part) => {
      const found = names.find((name) => name === part.json);
      return (
        found ??
        part.fail(
          `it is one of ${names.join(', ')}, not ${part.kind}`,
          typeof part.json === 'string' && meant(names, part.json).startsWith('Did')
            ? meant(names, part.json)
            : '',
        )
      );
    },
  };
}

export function listOf<T>(form: Form<T>): Form<readonly T[]> {
  return {
    schema: { type: 'array', items: form.schema },
    what: 'a list',
    read: (part) => part.items().map((item) => form.read(item)),
  };
}

/** Names of the user's choice. */
export function mapOf<T>(form: Form<T>): Form<Readonly<Record<string, T>>> {
  return {
    schema: { type: 'object', additionalProperties: form.schema },
    what: 'a mapping',
    read: (part) =>
      Object.fromEntries(part.members().map(({ name, part: value }) => [name, form.read(value)])),
  };
}

export function required<T>(form: Form<T>, description?: string): Field<T> {
  return { form: described(form, description), isRequired: true };
}

/** Left out, it is not there at all. */
export function optional<T>(form: Form<T>, description?: string): Field<T> {
  return { form: described(form, description), isRequired: false };
}

export function described<T>(form: Form<T>, description: string | undefined): Form<T> {
  return description === undefined ? form : { ...form, schema: { ...form.schema, description } };
}

/** The fields that the text names, as TypeScript's options want them: what is left out is not a key. */
export function object<F extends Fields>(fields: F): Form<Partial<ReadOf<F>>> {
  const names = Object.keys(fields);
  const missing = (part: Part) =>
    names.filter((name) => fields[name]!.isRequired && part.find(name) === undefined);
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, fields[name]!.form.schema])),
      required: names.filter((name) => fields[name]!.isRequired),
      additionalProperties: false,
    },
    what: 'a mapping',
    read: (part) => {
      const members = part.only(names);
      const [lacking] = missing(part);
      if (lacking !== undefined)
        part.fail(`'${lacking}' is missing`, `Add ${lacking}: ${fields[lacking]!.form.what}`);
      const read = members.map(({ name, part: value }) => [name, fields[name]!.form.read(value)]);
      return Object.fromEntries(read) as Partial<ReadOf<F>>;
    },
  };
}

/** `- keyBy: value.id` for `- keyBy: { key: value.id }`: a plain value stands for the field that matters. */
export function shortFor<T, S>(full: Form<T>, short: Form<S>, widen: (short: S) => T): Form<T> {
  return {
    schema: { anyOf: [short.schema, full.schema] },
    what: short.what,
    read: (part) => (part.isMap ? full.read(part) : widen(short.read(part))),
  };
}

/** The first whose `fits` holds; the last one reads what fits nowhere. */
export function either<T>(
  ...choices: readonly { readonly fits: (part: Part) => boolean; readonly form: Form<T> }[]
): Form<T> {
  return {
    schema: { anyOf: choices.map(({ form }) => form.schema) },
    what: choices.map(({ form }) => form.what).join(' or '),
    read: (part) => (choices.find(({ fits }) => fits(part)) ?? choices.at(-1)!).form.read(part),
  };
}
