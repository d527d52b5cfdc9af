/** Schema: the JSON Schema of a pipeline's text, made of the forms that read it, so that editors complete and check it. */
import { guarantees, stateOptions, TOP } from './build.ts';
import { cases } from './cases.ts';
import { duration, text } from './form.ts';
import type { JsonSchema } from './json-schema.ts';
import { STEPS } from './steps/index.ts';
import { inputTopic, outputTopic } from './topics.ts';

export function pipelineSchema(): JsonSchema {
  const input = inputTopic.schema;
  const properties: Record<string, JsonSchema> = {
    pipeline: {
      ...text.schema,
      pattern: '^[a-zA-Z0-9._-]{1,100}$',
      description: 'its name, and that of its consumer group',
    },
    version: {
      type: ['string', 'number'],
      description: 'stands in the provenance header of every output; default 1',
    },
    commitEvery: {
      ...duration.schema,
      description: 'how long work is gathered before it is committed; default 200ms',
    },
    deadLetter: {
      ...text.schema,
      description: 'the topic for what cannot be processed; default dlq.<pipeline>',
    },
    guarantee: {
      ...guarantees.schema,
      description:
        'at-least-once: outputs go out as they are made and may stand twice after a crash; default exactly-once',
    },
    state: {
      ...stateOptions.schema,
      description: 'where tasks keep their state, besides the changelog; default memory',
    },
    from: {
      anyOf: [input, { type: 'array', items: input, minItems: 1 }],
      description: 'the topics that it reads',
    },
    eventTime: { ...STEPS['eventTime']!.options.schema, description: STEPS['eventTime']!.summary },
    steps: { $ref: '#/definitions/steps' },
    to: { ...outputTopic.schema, description: 'the topic that it writes' },
    tests: { ...cases.schema, description: 'input and expected output: gregor pipeline test' },
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A pipeline of Gregor',
    type: 'object',
    properties: Object.fromEntries(TOP.map((name) => [name, properties[name]!])),
    required: ['pipeline', 'from', 'to'],
    additionalProperties: false,
    definitions: { steps: { type: 'array', items: { anyOf: Object.entries(STEPS).map(stepSchema) } } },
  };
}

function stepSchema([name, { summary, isLossy, options }]: [string, (typeof STEPS)[string]]): JsonSchema {
  const because = { because: { ...text.schema, description: 'why these records may be left out' } };
  return {
    type: 'object',
    description: summary,
    properties: {
      [name]: { ...options.schema, description: summary },
      as: { ...text.schema, description: 'the name of the step: its state is found again by it' },
      ...(isLossy ? because : {}),
    },
    required: [name],
    additionalProperties: false,
  };
}
