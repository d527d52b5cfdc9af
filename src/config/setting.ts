/**
 * Setting: one row of a settings table: type, default, bounds, who may change it, and what it does in one sentence.
 *
 *   text (file, flag, wire) -- parse --> value (what rooms use)          text stays text where it is shown:
 *                                                                        9223372036854775807 is printed as exactly that
 *
 * Invariants
 *   S1  a row's default passes its own `parse` (asserted when the row is made)
 *   S2  a long beyond ±2^53 is kept as text and becomes the largest exact number as a value: no arithmetic overflows
 */
import { assert } from '../base/index.ts';

export type SettingType =
  | 'boolean'
  | 'string'
  | 'int'
  | 'short'
  | 'long'
  | 'double'
  | 'list'
  | 'class'
  | 'password';
/** read-only: at start only. per-broker: while running, for one broker. cluster-wide: also as a default for all. */
export type Mutability = 'read-only' | 'per-broker' | 'cluster-wide';

export interface Setting<T = unknown> {
  readonly type: SettingType;
  /** As text; null: none. */
  readonly default: string | null;
  readonly doc: string;
  /** What is allowed, for people: `at least 1`. Empty: anything of the type. */
  readonly valid: string;
  readonly mutability: Mutability;
  /** False: accepted and shown because tools expect the name, but nothing here depends on it. */
  readonly hasEffect: boolean;
  /** Not shown unless it is set. */
  readonly isInternal: boolean;
  /** Throws `BadText` with the reason. */
  readonly parse: (text: string) => T;
}

export type Settings = Readonly<Record<string, Setting>>;
export type ConfigOf<S extends Settings> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never;
};

/** Why a text is not a value; the caller adds the setting's name. */
export class BadText extends Error {
  override readonly name = 'BadText';
}

export interface SettingOptions {
  readonly mutability?: Mutability;
  readonly hasEffect?: boolean;
  readonly isInternal?: boolean;
}

interface NumberOptions extends SettingOptions {
  readonly min?: number;
  readonly max?: number;
  /** A value outside the bounds that is fine too: -1 as "unlimited". */
  readonly or?: number;
}

/** The type of a value whose default may be null. */
type OrNull<T, Default> = Default extends null ? T | null : T;

/** Kafka's "for ever": as text, because no number of ours holds it. */
export const LONG_MAX = '9223372036854775807';
const LONG_MIN = '-9223372036854775808';
const INT_MAX = 2 ** 31 - 1;
const SHORT_MAX = 2 ** 15 - 1;
const SIZES: Readonly<Record<string, number>> = { kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 };

export function int<D extends number | null>(fallback: D, doc: string, options: NumberOptions = {}) {
  return whole('int', INT_MAX, fallback, doc, options) as Setting<OrNull<number, D>>;
}

export function short<D extends number | null>(fallback: D, doc: string, options: NumberOptions = {}) {
  return whole('short', SHORT_MAX, fallback, doc, options) as Setting<OrNull<number, D>>;
}

export function long<D extends number | string | null>(
  fallback: D,
  doc: string,
  options: NumberOptions = {},
) {
  const parse = (text: string) => bounded(parseLong(text), options);
  return row('long', fallback, doc, bounds(options), options, parse) as Setting<OrNull<number, D>>;
}

/** Bytes, also with a unit: `64MiB`. Only for settings of our own; Kafka's names take Kafka's texts. */
export function size<D extends string | null>(fallback: D, doc: string, options: NumberOptions = {}) {
  const parse = (text: string) => bounded(parseSize(text), options);
  const valid = `${bounds(options)} (bytes, or with KiB, MiB, GiB)`;
  return row('long', fallback, doc, valid, options, parse) as Setting<OrNull<number, D>>;
}

export function double(fallback: number, doc: string, options: NumberOptions = {}): Setting<number> {
  const parse = (text: string) => {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new BadText('not a number');
    return bounded(Number(text), options);
  };
  return row('double', fallback, doc, bounds(options), options, parse);
}

export function boolean(fallback: boolean, doc: string, options: SettingOptions = {}): Setting<boolean> {
  return row('boolean', fallback, doc, 'true or false', options, (text) => {
    const lower = text.toLowerCase();
    if (lower !== 'true' && lower !== 'false') throw new BadText('neither true nor false');
    return lower === 'true';
  });
}

export function string<D extends string | null>(
  fallback: D,
  doc: string,
  options: SettingOptions & { readonly form?: RegExp } = {},
) {
  const { form } = options;
  const parse = (text: string) => {
    if (form?.test(text) === false) throw new BadText(`not of the form ${form.source}`);
    return text;
  };
  return row('string', fallback, doc, form?.source ?? '', options, parse) as Setting<OrNull<string, D>>;
}

/** A text of a certain form. */
export function matching(form: RegExp, fallback: string, doc: string, options: SettingOptions = {}) {
  return row<string>('string', fallback, doc, form.source, options, (text) => {
    if (!form.test(text)) throw new BadText(`does not look like ${form.source}`);
    return text;
  });
}

/** An object as JSON text, or nothing. */
/** A name and a version of what is published on the log. */
export const PUBLISHED_NAME = /^[A-Za-z0-9._-]+@[1-9][0-9]*$/;

export function jsonTextOrName(
  fallback: string,
  doc: string,
  options: SettingOptions & { readonly max: number },
) {
  return row<string>('string', fallback, doc, 'a JSON object, or name@version', options, (text) => {
    if (text === '' || PUBLISHED_NAME.test(text.trim())) return text;
    if (text.length > options.max) throw new BadText(`longer than ${options.max} characters`);
    const content = parsedJson(text);
    if (typeof content !== 'object' || content === null || Array.isArray(content))
      throw new BadText('not a JSON object');
    return text;
  });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadText(`not JSON: ${(error as Error).message}`);
  }
}

/** The name of a Java class: shown for tools, never loaded. */
export function className(fallback: string | null, doc: string, options: SettingOptions = {}) {
  return row<string | null>('class', fallback, doc, '', { hasEffect: false, ...options }, (text) => text);
}

/** A secret: never shown, never logged. */
export function password(doc: string, options: SettingOptions = {}): Setting<string | null> {
  return row<string | null>('password', null, doc, '', options, (text) => text);
}

export function oneOf<const V extends string>(
  values: readonly V[],
  fallback: NoInfer<V>,
  doc: string,
  options: SettingOptions = {},
): Setting<V> {
  return row('string', fallback, doc, values.join(', '), options, (text) => {
    if (!(values as readonly string[]).includes(text)) throw new BadText(`not one of ${values.join(', ')}`);
    return text as V;
  });
}

/** What identifies a record: `none`, `key`, `value`, or a header by its name. */
export function dedupeBy(fallback: string, doc: string, options: SettingOptions = {}): Setting<string> {
  return row('string', fallback, doc, 'none, key, value, header:NAME', options, (text) => {
    if (text === 'none' || text === 'key' || text === 'value') return text;
    if (!text.startsWith('header:')) throw new BadText('not one of none, key, value, header:NAME');
    if (text === 'header:') throw new BadText('header: needs the name of a header, as in header:order-id');
    return text;
  });
}

/** Comma-separated, without duplicates; the empty text is the empty list. */
export function list<D extends string | null>(
  fallback: D,
  doc: string,
  options: SettingOptions & { readonly values?: readonly string[]; readonly item?: RegExp } = {},
) {
  const parse = (text: string): readonly string[] => {
    const items = splitList(text);
    for (const [index, item] of items.entries()) {
      if (items.indexOf(item) !== index) throw new BadText(`'${item}' is there twice`);
      if (item === '') throw new BadText('an item is empty');
      if (options.values !== undefined && !options.values.includes(item))
        throw new BadText(`'${item}' is not one of ${options.values.join(', ')}`);
      if (options.item !== undefined && !options.item.test(item))
        throw new BadText(`'${item}' does not look like ${options.item.source}`);
    }
    return items;
  };
  const valid = options.values === undefined ? '' : `any of ${options.values.join(', ')}`;
  return row('list', fallback, doc, valid, options, parse) as Setting<OrNull<readonly string[], D>>;
}

/** The items of a list's text. */
export function splitList(text: string): string[] {
  return text.trim() === '' ? [] : text.split(',').map((item) => item.trim());
}

/** For rows that nothing here depends on. */
export const SHOWN = { hasEffect: false } as const;
export const CLUSTER_WIDE = { mutability: 'cluster-wide' } as const;
export const SHOWN_CLUSTER_WIDE = { hasEffect: false, mutability: 'cluster-wide' } as const;

function row<T>(
  type: SettingType,
  fallback: string | number | boolean | null,
  doc: string,
  valid: string,
  options: SettingOptions,
  parse: (text: string) => T,
): Setting<T> {
  const text = fallback === null ? null : String(fallback);
  if (text !== null) assert(parse(text) !== undefined, () => `the default of "${doc}" is not valid`); // S1
  const { mutability = 'read-only', hasEffect = true, isInternal = false } = options;
  return { type, default: text, doc, valid: valid.trim(), mutability, hasEffect, isInternal, parse };
}

function whole(
  type: 'int' | 'short',
  limit: number,
  fallback: number | null,
  doc: string,
  options: NumberOptions,
): Setting<number> {
  return row(type, fallback, doc, bounds(options), options, (text) => {
    const value = parseLong(text);
    if (value > limit || value < -limit - 1) throw new BadText(`outside ${-limit - 1} to ${limit}`);
    return bounded(value, options);
  });
}

function parseLong(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new BadText('not a whole number');
  const exact = BigInt(text.replace(/^\+/, ''));
  if (exact > BigInt(LONG_MAX) || exact < BigInt(LONG_MIN))
    throw new BadText(`outside ${LONG_MIN} to ${LONG_MAX}`);
  const value = Number(exact);
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value)); // S2
}

function parseSize(text: string): number {
  const [, digits, unit] = /^([+-]?\d+)\s*([a-z]*)$/i.exec(text) ?? [];
  const factor =
    unit === undefined || unit === '' || unit.toLowerCase() === 'b' ? 1 : SIZES[unit.toLowerCase()];
  if (digits === undefined || factor === undefined)
    throw new BadText('not a size; write bytes, or 64MiB, 2GiB');
  return parseLong(digits) * factor;
}

function bounded(value: number, { min, max, or }: NumberOptions): number {
  if (value === or) return value;
  if (min !== undefined && value < min) throw new BadText(`must be at least ${min}${orText(or)}`);
  if (max !== undefined && value > max) throw new BadText(`must be at most ${max}${orText(or)}`);
  return value;
}

function bounds({ min, max, or }: NumberOptions): string {
  if (min === undefined) return max === undefined ? '' : `at most ${max}${orText(or)}`;
  return `${max === undefined ? `at least ${min}` : `${min} to ${max}`}${orText(or)}`;
}

function orText(or: number | undefined): string {
  return or === undefined ? '' : `, or ${or}`;
}
