/** The steps that change the form of a record: parse, serialise, canonicalise; and join, which adds a row of a table. */
import * as yaml from 'yaml';
import {
  type Definition,
  DefinitionError,
  parseJsonDefinition,
  parseYamlDefinition,
} from '../../canonical/index.ts';
import { type JoinTableOptions, PlanError, table } from '../../streams/index.ts';
import { expression } from '../expression.ts';
import { duration, flag, type Form, object, oneOf, optional, required, text } from '../form.ts';
import type { Part } from '../part.ts';
import { OF_SHAPE, serdeText } from '../serdes.ts';
import { topicText } from '../topics.ts';
import { named } from './stateless.ts';
import { onward, type StepText, stepText } from './step-text.ts';

const parse = stepText({
  summary: 'From bytes to a value; what cannot be read goes to the dead letter topic as it is.',
  options: serdeText,
  add: (flow, { serde, shape }, { as }) => {
    if (flow.value !== 'bytes')
      throw new PlanError('parse: the value is read already. Say value: raw where the topic is read (from)');
    return { ...onward(flow, flow.stream.parse(serde, named(as))), value: shape };
  },
});

const serialise = stepText({
  summary: 'From a value to bytes.',
  options: serdeText,
  add: (flow, { serde }, { as }) => ({
    ...onward(flow, flow.stream.serialise(serde, named(as))),
    value: 'bytes',
  }),
});

const definition: Form<Definition> = {
  ...text,
  what: 'a file with a canonical definition',
  read: (part) => definitionOf(part.readFile(), String(part.json), part),
};

function definitionOf(source: string, name: string, part: Part): Definition {
  try {
    return source.trimStart().startsWith('{')
      ? parseJsonDefinition(source, name)
      : parseYamlDefinition(source, name, yaml);
  } catch (error) {
    if (error instanceof DefinitionError) part.fail(error.message);
    throw error;
  }
}

const canonicalise = stepText({
  summary: 'Raw bytes into the canonical form of a definition, with a way back.',
  options: object({
    definition: required(definition, 'a file, relative to this one'),
    dialect: optional(text, 'may be left out when there is one only'),
  }),
  add: (flow, { definition: lens, ...options }, { as }) => {
    if (flow.value !== 'bytes')
      throw new PlanError(
        'canonicalise: it takes bytes as they were sent. Say value: raw where the topic is read (from), and - parse: json behind it',
      );
    return onward(flow, flow.stream.canonicalise(lens!, { ...options, ...named(as) }));
  },
});

const join = stepText({
  summary: 'Each record with its row of a table.',
  options: object({
    table: required(topicText, 'the topic; its key is read like that of the stream, its value as JSON'),
    into: required(text, 'the field of the value that gets the row; null when there is none'),
    global: optional(flag, 'every task has all of it, to be joined by anything; default false'),
    on: optional(expression, "the row's key, of a global table; default the record's key"),
    kind: optional(oneOf('inner', 'left'), 'left: records without a row go on as well; default inner'),
    onMissing: optional(oneOf('drop', 'dead-letter'), 'a record without a row; default drop, counted'),
    asOf: optional(oneOf('event-time'), "the row as it was at the record's event time"),
    grace: optional(duration, 'how long a record waits for rows that come late'),
    keepVersions: optional(duration, 'how far back rows are known'),
    onLate: optional(oneOf('dead-letter', 'drop'), 'older than keepVersions; default dead-letter'),
  }),
  add: (flow, read, { as }) => {
    const { table: from, into, global: isGlobal, ...options } = read;
    if (flow.value !== 'value')
      throw new PlanError('join: the row goes into a field of the value, which is not read as json here');
    const { topic: name, key = OF_SHAPE[flow.key], value = OF_SHAPE.value } = from!;
    const rows = table(name, {
      key: key.serde,
      value: value.serde,
      ...(isGlobal === undefined ? {} : { global: isGlobal }),
    });
    const combine = (record: unknown, row: unknown) => ({ ...(record as object), [into!]: row ?? null });
    // biome-ignore lint/suspicious/noExplicitAny: text has no types
    const given = { ...options, ...named(as) } as JoinTableOptions<any, any, any>;
    return onward(flow, flow.stream.join(rows, given, combine));
  },
});

export const formats: Readonly<Record<string, StepText>> = { parse, serialise, canonicalise, join };
