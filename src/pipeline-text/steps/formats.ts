/** The steps that change the form of a record: parse, serialise, canonicalise. */
import * as yaml from 'yaml';
import {
  type Definition,
  DefinitionError,
  parseJsonDefinition,
  parseYamlDefinition,
} from '../../canonical/index.ts';
import { PlanError } from '../../streams/index.ts';
import { type Form, object, optional, required, text } from '../form.ts';
import type { Part } from '../part.ts';
import { serdeText } from '../serdes.ts';
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

export const formats: Readonly<Record<string, StepText>> = { parse, serialise, canonicalise };
