/** The steps that ask outside: enrich asks a service over HTTP, exec a program. (A function of one's own, `lookup`, text has not.) */
import { type EnrichByHttp, type ExecOptions, PlanError } from '../../streams/index.ts';
import {
  duration,
  either,
  type Form,
  listOf,
  mapOf,
  object,
  oneOf,
  optional,
  required,
  shortFor,
  text,
  whole,
} from '../form.ts';
import { urlTemplate } from '../url-template.ts';
import { combined } from './join.ts';
import { named } from './stateless.ts';
import { onward, type StepText, stepText } from './step-text.ts';

const exec = stepText({
  summary: 'Through a program in any language: a line of JSON in, a line of JSON out.',
  options: shortFor(
    object({
      command: required(listOf(text), 'the program and its arguments; no shell reads them'),
      timeout: optional(duration, 'for one record; default 10s'),
      startup: optional(duration, 'so much more for the first record after a start; default 10s'),
      attempts: optional(whole, 'deaths with one record, before it is dead-lettered; default 3'),
      atOnce: optional(whole, 'so many records are in the program at a time; default 32'),
    }),
    listOf(text),
    (command) => ({ command }),
  ),
  add: (flow, options, { as }) => onward(flow, flow.stream.exec({ ...options, ...named(as) } as ExecOptions)),
});

const fileContent: Form<string> = { ...text, read: (part) => part.readFile().trim() };
const inFile = object({ file: required(fileContent, 'read with the pipeline; a name relative to its own') });

/** A secret stands in a file of its own. */
const headerValue = either<string>(
  { fits: (part) => part.isMap, form: { ...inFile, read: (part) => inFile.read(part).file! } },
  { fits: () => true, form: text },
);

const enrich = stepText({
  summary: 'Each record with what a service answers about it over HTTP (GET, JSON), as a field of the value.',
  options: object({
    url: required(urlTemplate),
    into: required(text, 'the field of the value that gets the answer; null when there is none'),
    headers: optional(mapOf(headerValue), 'sent along; { file: token.txt } for secrets'),
    ttl: optional(duration, 'how long an answer is remembered; default 5m'),
    negativeTtl: optional(duration, 'the same when there was none (204, 404, 410); default 30s'),
    maxEntries: optional(whole, 'so many answers are remembered in each task; default 10000'),
    atOnce: optional(whole, 'so many questions are open at a time in each task; default 32'),
    attempts: optional(whole, 'so often it is asked before that is a failure; default 5'),
    timeout: optional(duration, 'for one answer; default 10s'),
    onMissing: optional(
      oneOf('pass', 'dead-letter'),
      'there is no answer; default pass, with null in the field',
    ),
    onFailure: optional(
      oneOf('dead-letter', 'pass', 'wait'),
      'it could not be asked; pass: on with null in the field; wait: asked until it answers; default dead-letter',
    ),
  }),
  add: (flow, { into, ...options }, { as }) => {
    if (flow.value !== 'value')
      throw new PlanError(
        'enrich: the answer goes into a field of the value, which is not read as json here. Say value: json where the topic is read (from)',
      );
    const given = { ...options, ...named(as) } as EnrichByHttp<unknown, unknown>;
    return onward(flow, flow.stream.enrich(given, combined(into!)));
  },
});

export const outside: Readonly<Record<string, StepText>> = { enrich, exec };
