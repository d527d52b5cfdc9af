/**
 * Case: a pipeline's test as data: what is written, what comes out. All of it: a record too many is as wrong as one that is missing.
 * Of a value that is a mapping, and of headers, only the fields that the case names are compared.
 *
 *   { name: 'swaps are undone', in: [{ value: { id: 'a', n: 2 } }, { value: { id: 'a', n: 1 } }], out: [{ value: { n: 1 } }, { value: { n: 2 } }] }
 */
import type { Pipeline } from '../plan/pipeline.ts';
import type { Site } from '../plan/site.ts';
import { headerText } from '../record.ts';
import type { LogRecord } from '../task/entry.ts';
import type { Duration } from '../time/duration.ts';
import { answersOf, unanswered } from './case-answers.ts';
import type { Driver } from './driver.ts';

export interface Case {
  readonly name: string;
  /** Where it stands, when it comes from text. */
  readonly site?: Site;
  /** Of input topics; default 1. */
  readonly partitions?: Readonly<Record<string, number>>;
  /** Step -> what it is told when it asks outside. Default: nobody answers. */
  readonly answers?: Readonly<Record<string, CaseAnswers>>;
  readonly in: readonly CaseInput[];
  readonly out?: readonly CaseOutput[];
  /** Default none. */
  readonly deadLetters?: readonly DeadLetterCase[];
}

/**
 * By the question (as text), or one after the other. `{ error: text }`: it fails with that. A program answers as on its stdout, { value: ... }
 * or { values: [...] }.
 */
export type CaseAnswers = Readonly<Record<string, unknown>> | readonly unknown[];

export type CaseInput =
  | { readonly advance: Duration }
  | { readonly crash: boolean }
  | {
      /** May be left out when the pipeline reads one topic. */
      readonly topic?: string;
      readonly key?: unknown;
      readonly value?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      readonly timestamp?: number;
      readonly partition?: number;
    };

export interface CaseOutput {
  /** Default: the topic in which the pipeline ends. */
  readonly topic?: string;
  readonly key?: unknown;
  readonly value?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timestamp?: number;
}

export interface DeadLetterCase {
  readonly reason?: string;
  readonly step?: string;
  /** A part of it. */
  readonly message?: string;
  readonly key?: unknown;
  readonly value?: unknown;
}

/** What was wrong, a line each; none: it holds. */
export function runCase(pipeline: Pipeline, one: Case): string[] {
  const { layout, settings } = pipeline;
  const own = new Set(layout.topics.map(({ name }) => name));
  const streams = new Set(layout.stages.flatMap((stage) => stage.inputs).filter((name) => !own.has(name)));
  const tables = layout.stages.flatMap((stage) => stage.tables.map(({ topic }) => topic));
  const outputs = layout.stages.flatMap((stage) => stage.outputs).filter((name) => !own.has(name));
  const main = pipeline.sinks.at(-1)!.topic;
  const answers = answersOf(layout, one.answers ?? {});
  if ('errors' in answers) return answers.errors;
  const driver = pipeline.test({ partitions: one.partitions ?? {}, answers: answers.by });
  const errors = one.in.flatMap((input) => feed(driver, input, [...streams], tables));
  if (errors.length > 0) return errors;
  errors.push(...unanswered(layout, driver.questions));
  const expected = Map.groupBy(one.out ?? [], ({ topic }) => topic ?? main);
  for (const topic of expected.keys())
    if (!outputs.includes(topic))
      errors.push(
        `out: the pipeline does not write '${topic}': it writes ${[...new Set(outputs)].join(', ')}`,
      );
  for (const topic of new Set(outputs))
    errors.push(...compare(topic, driver.read(topic), expected.get(topic) ?? [], outputProblem));
  const dead = driver.read(settings.deadLetterTopic);
  errors.push(
    ...compare(`${settings.deadLetterTopic} (dead letters)`, dead, one.deadLetters ?? [], deadLetterProblem),
  );
  return errors;
}

function feed(
  driver: Driver,
  input: CaseInput,
  streams: readonly string[],
  tables: readonly string[],
): string[] {
  if ('advance' in input) driver.advance(input.advance);
  else if ('crash' in input) driver.crash();
  else {
    const inputs = [...streams, ...tables];
    const { topic = streams[0]!, timestamp, ...record } = input;
    if (input.topic === undefined && streams.length > 1)
      return [`in: the pipeline reads ${inputs.join(', ')}: say topic`];
    if (!inputs.includes(topic))
      return [`in: the pipeline does not read '${topic}': it reads ${inputs.join(', ')}`];
    driver.write(topic, { ...record, ...(timestamp === undefined ? {} : { timestampMs: timestamp }) });
  }
  return [];
}

function compare<E>(
  topic: string,
  found: readonly LogRecord[],
  expected: readonly E[],
  problemOf: (record: LogRecord, wanted: E) => string | undefined,
): string[] {
  const errors: string[] = [];
  for (let n = 0; n < Math.max(found.length, expected.length); n++) {
    const [record, wanted] = [found[n], expected[n]];
    const at = `${topic}, record ${n + 1}`;
    if (record === undefined) errors.push(`${at}: expected ${JSON.stringify(wanted)}, nothing came`);
    else if (wanted === undefined) errors.push(`${at}: not expected: ${shown(record)}`);
    else {
      const problem = problemOf(record, wanted);
      if (problem !== undefined) errors.push(`${at}: ${problem}`);
    }
  }
  return errors;
}

function outputProblem(record: LogRecord, wanted: CaseOutput): string | undefined {
  for (const [name, text] of Object.entries(wanted.headers ?? {})) {
    const found = headerText(record.headers, name);
    if (found !== text) return `header ${name}: expected ${text}, came ${found ?? 'none'}`;
  }
  if (wanted.timestamp !== undefined && wanted.timestamp !== record.timestampMs)
    return `timestamp: expected ${wanted.timestamp}, came ${record.timestampMs}`;
  return bytesProblem(record, wanted);
}

function deadLetterProblem(record: LogRecord, wanted: DeadLetterCase): string | undefined {
  for (const name of ['reason', 'step', 'message'] as const) {
    const text = wanted[name];
    const found = headerText(record.headers, `__streams.errors.${name}`) ?? 'none';
    if (text === undefined || (name === 'message' ? found.includes(text) : found === text)) continue;
    return `${name}: expected ${text}, came ${found}`;
  }
  return bytesProblem(record, wanted);
}

function bytesProblem(
  record: LogRecord,
  wanted: { readonly key?: unknown; readonly value?: unknown },
): string | undefined {
  for (const name of ['key', 'value'] as const) {
    if (wanted[name] === undefined) continue;
    const found = valueOf(record[name]);
    const isSame =
      holds(found, wanted[name]) ||
      (typeof wanted[name] === 'string' && record[name]?.toString() === wanted[name]);
    if (!isSame) return `${name}: expected ${JSON.stringify(wanted[name])}, came ${JSON.stringify(found)}`;
  }
  return undefined;
}

/** A mapping holds another when it has all its fields. */
function holds(found: unknown, wanted: unknown): boolean {
  if (found === wanted) return true;
  if (typeof found !== 'object' || typeof wanted !== 'object' || found === null || wanted === null)
    return false;
  if (Array.isArray(found) !== Array.isArray(wanted)) return false;
  if (Array.isArray(found) && found.length !== (wanted as unknown[]).length) return false;
  return Object.entries(wanted).every(([name, value]) =>
    holds((found as Record<string, unknown>)[name], value),
  );
}

function valueOf(bytes: Buffer | null): unknown {
  if (bytes === null) return null;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return bytes.toString(); // no JSON: shown as it is
  }
}

function shown({ key, value, headers }: LogRecord): string {
  const reason = headerText(headers, '__streams.errors.reason');
  const [step, message] = ['step', 'message'].map((name) => headerText(headers, `__streams.errors.${name}`));
  const why = reason === undefined ? '' : `, ${reason} at ${step}: ${message}`;
  return `key ${JSON.stringify(valueOf(key))}, value ${JSON.stringify(valueOf(value))}${why}`;
}
