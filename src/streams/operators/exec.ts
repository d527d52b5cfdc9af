/**
 * exec: a program of the user's, in any language, that gets a line of JSON for each record and answers with one line, in order.
 *
 *   in     {"key":"a","value":{...},"headers":{"h":"1"},"timestampMs":0}
 *   out    {"value":{...}}       the record goes on with this value
 *          {"values":[...]}      it goes on as several, or as none
 *          {"error":"..."}       it goes to the dead letter topic
 *
 *   X1  the program runs outside of the task (operator.ts, Q1 to Q5): the engine keeps exactly once, so the program may see a record twice
 *   X2  it is started again when it dies, or does not answer within `timeout`; a record on which that happens more than `attempts` times
 *       while it is the only one goes to the dead letter topic, unless the program dies by itself
 *   X3  what it writes to stderr is told when it dies
 */
import { isUtf8 } from 'node:buffer';
import { LosslessJson } from '../lossless-json.ts';
import { PlanError } from '../plan-error.ts';
import { type StreamRecord, withValue } from '../record.ts';
import { type Duration, durationMs, durationText } from '../time/duration.ts';
import { attempt, FAILED } from './attempt.ts';
import type { MakeOperator, Outside } from './operator.ts';

export interface ExecOptions {
  readonly as?: string;
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly [program: string, ...args: string[]];
  /** For one record. Default 10s. */
  readonly timeout?: Duration;
  /** So much more for the first record after a start: it takes time, too. Default 10s. */
  readonly startup?: Duration;
  /** Default 3. */
  readonly attempts?: number;
  /** So many records are in the program at a time. Default 32. */
  readonly atOnce?: number;
}

/** For whoever answers: outside.kind 'program'. */
export interface ProgramSettings {
  readonly command: readonly string[];
  readonly timeoutMs: number;
  readonly startupMs: number;
  readonly attempts: number;
}

export function execOutside({
  command,
  timeout = '10s',
  startup = '10s',
  attempts = 3,
  atOnce = 32,
}: ExecOptions): Outside {
  if (!Array.isArray(command) || command.length === 0 || command.some((part) => typeof part !== 'string'))
    throw new PlanError("exec: command is a list, the program and its arguments: ['python3', 'clean.py']");
  for (const [name, count] of Object.entries({ attempts, atOnce }))
    if (!(Number.isSafeInteger(count) && count > 0))
      throw new PlanError(`exec: ${name} is ${count}; it is 1 or more`);
  const timeoutMs = durationMs(timeout, 'exec: timeout');
  if (timeoutMs === 0) throw new PlanError("exec: timeout is no time at all; write timeout: '10s'");
  const startupMs = durationMs(startup, 'exec: startup');
  const settings: ProgramSettings = { command: [...command], timeoutMs, startupMs, attempts };
  return { kind: 'program', settings, atOnce };
}

export function execDetails({ settings }: Outside): string[] {
  const { command, timeoutMs, attempts } = settings as ProgramSettings;
  return [command.join(' '), `${durationText(timeoutMs)} for a record, ${attempts} attempts`];
}

export const exec: MakeOperator = (context) => ({
  process(record) {
    const line = attempt(context, record, lineOf);
    if (line === FAILED) return;
    context.ask(line, (answer) => {
      if ('refusal' in answer) return context.deadLetter(record, 'failed', answer.refusal);
      const given = answer.value as { readonly value: unknown } | { readonly values: readonly unknown[] };
      const values = 'values' in given ? given.values : [given.value];
      if (values.length === 0) context.count('dropped by the program');
      for (const value of values) context.emit(withValue(record, value));
    });
  },
});

function lineOf({ key, value, headers, timestampMs }: StreamRecord): string {
  if (value instanceof Uint8Array)
    throw new TypeError('exec takes values, not bytes: put parse(…) before it');
  const text = value instanceof LosslessJson ? value.text.replaceAll(/[\r\n]/g, ' ') : JSON.stringify(value);
  if (text === undefined) throw new TypeError(`a value of type ${typeof value} has no form in JSON`);
  const texts = Object.fromEntries(headers.map((one) => [one.key, one.value?.toString() ?? null]));
  const rest = JSON.stringify({ key: keyOf(key), headers: texts, timestampMs });
  return `${rest.slice(0, -1)},"value":${text}}`;
}

function keyOf(key: unknown): unknown {
  if (!(key instanceof Uint8Array)) return typeof key === 'bigint' ? String(key) : key;
  return isUtf8(key) ? Buffer.from(key).toString() : undefined;
}
