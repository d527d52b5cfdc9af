/** The step that asks a program. (`enrich` asks a function, which text has not.) */
import type { ExecOptions } from '../../streams/index.ts';
import { duration, listOf, object, optional, required, shortFor, text, whole } from '../form.ts';
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

export const outside: Readonly<Record<string, StepText>> = { exec };
