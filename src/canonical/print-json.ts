/**
 * printJson: a tree as text. The canonical form has one text for each value (RFC 8785, with every digit of a number kept):
 * keys sorted by UTF-16 code units, no white space, the shortest escapes. The other styles keep the order of the tree and
 * are what JSON libraries write by themselves.
 */
import { type Json, JsonNumber, type JsonObject } from './json.ts';

export interface Style {
  readonly comma: string;
  readonly colon: string;
  /** Everything beyond ASCII as \uXXXX. */
  readonly isAscii: boolean;
  readonly isSorted: boolean;
}

export const CANONICAL: Style = { comma: ',', colon: ':', isAscii: false, isSorted: true };

/** `compact` is JSON.stringify; `spaced-ascii` is Python's json.dumps. In this order the best one is looked for. */
export const STYLES = {
  compact: { comma: ',', colon: ':', isAscii: false, isSorted: false },
  'spaced-ascii': { comma: ', ', colon: ': ', isAscii: true, isSorted: false },
  'compact-ascii': { comma: ',', colon: ':', isAscii: true, isSorted: false },
  spaced: { comma: ', ', colon: ': ', isAscii: false, isSorted: false },
} as const satisfies Readonly<Record<string, Style>>;
export type StyleName = keyof typeof STYLES;

export function printJson(value: Json, style: Style = CANONICAL): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return printString(value, style.isAscii);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map((item) => printJson(item, style)).join(style.comma)}]`;
  let text = '';
  for (const key of style.isSorted ? sortedKeys(value) : value.keys()) {
    if (text !== '') text += style.comma;
    text += printString(key, style.isAscii) + style.colon + printJson(value.get(key)!, style);
  }
  return `{${text}}`;
}

/** By code units: RFC 8785, 3.2.3. What is canonical already is left alone. */
function sortedKeys(object: JsonObject): Iterable<string> {
  let last = '';
  for (const key of object.keys()) {
    if (key < last) return [...object.keys()].sort();
    last = key;
  }
  return object.keys();
}

export function byCodeUnits(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Nothing to escape in any style; JSON.stringify is slow on short texts. */
const IS_PLAIN = /^[ !#-[\]-~]*$/;
/** DEL too: json.dumps takes it for no ASCII. */
const BEYOND_ASCII = /[\u007f-\uffff]/g;

/** JSON.stringify escapes as RFC 8785 asks, and unpaired surrogates, which have no UTF-8, as \udxxx. */
function printString(value: string, isAscii: boolean): string {
  if (IS_PLAIN.test(value)) return `"${value}"`;
  const text = JSON.stringify(value);
  if (!isAscii) return text;
  return text.replace(BEYOND_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The canonical form as bytes. */
export function canonicalBytes(value: Json): Buffer {
  return Buffer.from(printJson(value), 'utf8');
}

const SHORT_MAX = 40;

/** A value as a message shows it: its beginning, when it is long. */
export function shortText(value: Json): string {
  const characters = [...printJson(value)];
  return characters.length > SHORT_MAX ? `${characters.slice(0, SHORT_MAX).join('')}…` : characters.join('');
}
