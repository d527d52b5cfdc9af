/**
 * Options: what a program beside the broker (simulator, checks, benchmarks, demos) was asked for on its command line.
 *
 * Its help is the header of its own file, where its calls stand, and a line with all its options. `--help` prints that and ends with 0.
 * What is not understood is said in one line before it, on standard error, and ends with 2, before anything was done.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

export interface Option<T> {
  /** Stands for the value in the help; undefined: the option takes none. */
  readonly shown: string | undefined;
  /** Throws what is wrong with the text, for whoever typed it. */
  readonly read: (text: string) => T;
  readonly default: T;
}
type Options = Readonly<Record<string, Option<unknown>>>;
export type ValuesOf<O extends Options> = { readonly [K in keyof O]: O[K]['default'] };

export interface Asked<O extends Options> {
  readonly values: ValuesOf<O>;
  /** What stands there without an option. */
  readonly words: readonly string[];
}

export function flag(): Option<boolean> {
  return { shown: undefined, read: () => true, default: false };
}

export function value<T>(shown: string, read: (text: string) => T): Option<T | undefined> {
  return { shown, read, default: undefined };
}

export function text(): Option<string | undefined>;
export function text(otherwise: string): Option<string>;
export function text(otherwise?: string): Option<string | undefined> {
  return { shown: 'TEXT', read: (given) => given, default: otherwise };
}

/** Not below 0; fractions too. */
export function number(): Option<number | undefined>;
export function number(otherwise: number): Option<number>;
export function number(otherwise?: number): Option<number | undefined> {
  return { shown: 'N', read: readNumber, default: otherwise };
}

export function numbers(otherwise: readonly number[]): Option<readonly number[]> {
  return { shown: 'N,N', read: (given) => given.split(',').map(readNumber), default: otherwise };
}

export function oneOf(names: readonly string[]): Option<string | undefined>;
export function oneOf<T extends string>(names: readonly T[], otherwise: T): Option<T>;
export function oneOf<T extends string>(names: readonly T[], otherwise?: T): Option<T | undefined> {
  const read = (given: string): T => {
    const name = names.find((one) => one === given);
    if (name === undefined) throw new Error(`wants one of ${names.join(', ')}, not '${given}'`);
    return name;
  };
  return { shown: names.length > 4 ? 'NAME' : names.join('|'), read, default: otherwise };
}

function readNumber(given: string): number {
  const read = Number(given);
  if (given.trim() === '' || !Number.isFinite(read) || read < 0)
    throw new Error(`wants a number that is not below 0, not '${given}'`);
  return read;
}

/** Throws what is wrong, in one line. `--help` is everybody's. */
export function parse<O extends Options>(
  options: O,
  parameters: readonly string[],
  takesWords = false,
): Asked<O> & { readonly wantsHelp: boolean } {
  const kinds: ParseArgsOptionsConfig = { help: { type: 'boolean', short: 'h' } };
  for (const [name, { shown }] of Object.entries(options))
    kinds[name] = { type: shown === undefined ? 'boolean' : 'string' };
  const args = [...parameters];
  const asked = parseArgs({ args, options: kinds, allowPositionals: takesWords });
  const given: Readonly<Record<string, unknown>> = asked.values;
  const values = Object.entries(options).map(([name, option]) => {
    const got = given[name];
    if (got === undefined) return [name, option.default];
    try {
      return [name, option.read(String(got))];
    } catch (error) {
      throw new Error(`--${name} ${(error as Error).message}`, { cause: error });
    }
  });
  return { values: Object.fromEntries(values), words: asked.positionals, wantsHelp: given['help'] === true };
}

/** `file`: of the program (`import.meta.filename`). */
export function readOptions<O extends Options>(file: string, options: O, takesWords = false): Asked<O> {
  try {
    const { wantsHelp, ...asked } = parse(options, process.argv.slice(2), takesWords);
    if (!wantsHelp) return asked;
    process.stdout.write(helpOf(file, options));
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${helpOf(file, options)}`);
    process.exit(2);
  }
}

function helpOf(file: string, options: Options): string {
  const [, header = ''] = /^\/\*\*(.*?)\*\//s.exec(readFileSync(file, 'utf8')) ?? [];
  const lines = header.split('\n').map((line) => line.replace(/^ \* ?/, '').trimEnd());
  const all = Object.entries(options).map(([name, { shown, default: otherwise }]) =>
    shown === undefined
      ? `--${name}`
      : `--${name} ${shown}${otherwise === undefined ? '' : ` (${otherwise})`}`,
  );
  return `${lines.join('\n').trim()}\n\nOptions of ${path.basename(file)}: ${all.join(' · ')}\n`;
}
