/** The steps that know one record at a time: map, set, remove, filter, flatMap, eventTime. */
import { PlanError, type StreamRecord } from '../../streams/index.ts';
import type { Flow } from '../flow.ts';
import { type Apply, condition, expression } from '../expression.ts';
import { duration, type Form, listOf, mapOf, object, optional, required, shortFor, text } from '../form.ts';
import { onward, type StepText, stepText } from './step-text.ts';

type Fields = Readonly<Record<string, Apply>>;

const fields: Form<Fields> = { ...mapOf(expression), what: 'a mapping of fields to expressions' };

/** One expression for the whole value, or one for each field. */
const shape: Form<Apply> = {
  schema: { anyOf: [expression.schema, fields.schema] },
  what: 'an expression, or a mapping of fields to expressions',
  read: (part) => {
    if (!part.isMap) return expression.read(part);
    const parts = Object.entries(fields.read(part));
    return (record) => Object.fromEntries(parts.map(([name, apply]) => [name, apply(record)]));
  },
};

const map = stepText({
  summary: 'A new value: an expression, or a mapping of its fields to expressions.',
  options: shape,
  add: (flow, apply, { as }) => ({ ...onward(flow, flow.stream.map(apply, named(as))), value: 'value' }),
});

const set = stepText({
  summary: 'Adds fields to the value, or replaces them; the others stay.',
  options: fields,
  add: (flow, read, { as }) => {
    requireFields(flow, 'set');
    const parts = Object.entries(read);
    const apply = (record: StreamRecord) => {
      const added = parts.map(([name, one]) => [name, one(record)] as const);
      return { ...objectOf(record.value), ...Object.fromEntries(added) };
    };
    return onward(flow, flow.stream.map(apply, named(as)));
  },
});

const remove = stepText({
  summary: 'Takes fields out of the value.',
  options: listOf(text),
  add: (flow, names, { as }) => {
    requireFields(flow, 'remove');
    const gone = new Set(names);
    const apply = ({ value }: StreamRecord) =>
      Object.fromEntries(Object.entries(objectOf(value)).filter(([name]) => !gone.has(name)));
    return onward(flow, flow.stream.map(apply, named(as)));
  },
});

const filter = stepText({
  summary: 'Only the records for which the condition is true.',
  isLossy: true,
  options: condition,
  add: (flow, isWanted, beside) => onward(flow, flow.stream.filter(isWanted, beside)),
});

const flatMap = stepText({
  summary: 'None, one or more values for each record: an expression that gives a list.',
  options: expression,
  add: (flow, apply, { as }) => {
    const values = (record: StreamRecord): unknown[] => {
      const list: unknown = apply(record);
      if (!Array.isArray(list)) throw new TypeError(`flatMap needs a list, not ${JSON.stringify(list)}`);
      return list;
    };
    return { ...onward(flow, flow.stream.flatMap(values, named(as))), value: 'value' };
  },
});

const eventTime = stepText({
  summary: 'Says when a record happened: milliseconds, or ISO 8601 text with its zone.',
  options: shortFor(
    object({
      by: required(expression, 'milliseconds, or ISO 8601 text with its zone'),
      maxOutOfOrder: optional(
        duration,
        'by how much a record may be older than the newest before it in its partition; default 0',
      ),
      idleAfter: optional(
        duration,
        'a partition without records for so long holds the others back no longer; default 10s',
      ),
    }),
    expression,
    (by) => ({ by }),
  ),
  add: (flow, { by, ...options }, { as }) =>
    onward(flow, flow.stream.eventTime(by!, { ...options, ...named(as) })),
});

export const stateless: Readonly<Record<string, StepText>> = { map, set, remove, filter, flatMap, eventTime };

export function named(as: string | undefined): { as?: string } {
  return as === undefined ? {} : { as };
}

function requireFields({ value }: Flow, step: string): void {
  if (value !== 'value')
    throw new PlanError(
      `${step}: it changes fields of a value, which is not read as json here. Say value: json where the topic is read (from)`,
    );
}

function objectOf(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value))
    return value;
  throw new TypeError(
    `the value has no fields: it is ${value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value}`,
  );
}
