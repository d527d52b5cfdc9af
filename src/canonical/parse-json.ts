/**
 * parseJson: RFC 8259 without losses (json.ts). Of members with the same key the last one counts, as for every other parser; the
 * tokens of the earlier ones are named, so that whoever keeps the text can keep them (layout.ts).
 *
 * A token is a bracket, a comma, a colon, a string, a number or a word, with the white space before it. Counting tokens is
 * the same in every language; counting characters is not.
 */
import { EXPONENT_MAX, normalNumber } from './decimal.ts';
import { type Json, JsonNumber, type JsonObject } from './json.ts';
import { Refused } from './refused.ts';

/** Deeper than that is refused: a parser that recurses must not be brought down. */
export const DEPTH_MAX = 128;

/** Tokens from `start` to before `end`. */
export interface TokenRange {
  readonly start: number;
  readonly end: number;
}

export interface ParsedJson {
  readonly value: Json;
  /** Members that a later one with the same key makes void, each with the comma behind it; in the order of the text, nested ones too. */
  readonly superseded: readonly TokenRange[];
}

/** Is told of every value and where it begins. */
export type OnValue = (pointer: readonly (string | number)[], at: number) => void;

/** Throws `Refused` for what is not JSON: the reason names the byte. */
export function parseJson(text: string, onValue?: OnValue): ParsedJson {
  const parser = new Parser(text, onValue);
  return { value: parser.document(), superseded: parser.superseded };
}

/** What ends or interrupts a run of plain characters: a quote, a backslash, a control character. */
const STRING_END = /[^ !#-[\]-\uffff]/g;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
/** What makes more of digits than a whole number: a point, e, E. */
const GOES_ON = new Set([0x2e, 0x65, 0x45]);
/** So many digits are in normal form as they stand. */
const PLAIN_DIGITS_MAX = 15;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const WORDS: readonly (readonly [string, Json])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

class Parser {
  readonly superseded: TokenRange[] = [];
  readonly #text: string;
  readonly #onValue: OnValue | undefined;
  readonly #pointer: (string | number)[] = [];
  #at = 0;
  #depth = 0;
  #tokens = 0;

  constructor(text: string, onValue: OnValue | undefined) {
    this.#text = text;
    this.#onValue = onValue;
  }

  document(): Json {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#fail('something follows the value');
    this.superseded.sort((left, right) => left.start - right.start || right.end - left.end);
    return value;
  }

  #value(): Json {
    this.#space();
    this.#onValue?.(this.#pointer, this.#at);
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      case 't':
      case 'f':
      case 'n':
        return this.#word();
      default:
        return this.#number();
    }
  }

  #enter(bracket: string): void {
    if (++this.#depth > DEPTH_MAX) this.#fail(`nested deeper than ${DEPTH_MAX}`);
    this.#take(bracket);
  }

  #leaves(bracket: string): boolean {
    if (!this.#takes(bracket)) return false;
    this.#depth--;
    return true;
  }

  #object(): JsonObject {
    const members: JsonObject = new Map();
    const keys: string[] = [];
    const starts: number[] = [];
    this.#enter('{');
    if (this.#leaves('}')) return members;
    for (;;) {
      this.#space();
      const start = this.#tokens;
      if (this.#text[this.#at] !== '"') this.#fail('expected a key in double quotes');
      const key = this.#string();
      if (!this.#takes(':')) this.#fail("expected ':'");
      if (members.delete(key)) this.#supersede(keys.lastIndexOf(key), [...starts, start]); // the place of the last counts
      keys.push(key);
      starts.push(start);
      members.set(key, this.#valueAt(key));
      if (this.#leaves('}')) return members;
      if (!this.#takes(',')) this.#fail("expected ',' or '}'");
    }
  }

  #supersede(member: number, starts: readonly number[]): void {
    this.superseded.push({ start: starts[member]!, end: starts[member + 1]! });
  }

  #valueAt(key: string | number): Json {
    if (this.#onValue === undefined) return this.#value();
    this.#pointer.push(key);
    const value = this.#value();
    this.#pointer.pop();
    return value;
  }

  #array(): Json[] {
    const items: Json[] = [];
    this.#enter('[');
    if (this.#leaves(']')) return items;
    for (;;) {
      items.push(this.#valueAt(items.length));
      if (this.#leaves(']')) return items;
      if (!this.#takes(',')) this.#fail("expected ',' or ']'");
    }
  }

  /** Most texts have nothing to unescape. */
  #string(): string {
    const start = this.#at + 1;
    let end = start;
    for (;;) {
      const code = this.#text.charCodeAt(end);
      if (code === QUOTE) break;
      if (code === BACKSLASH || !(code >= SPACE)) return this.#escapedString(); // NaN: the text ends
      end++;
    }
    this.#tokens++;
    this.#at = end + 1;
    return this.#text.slice(start, end);
  }

  #escapedString(): string {
    this.#tokens++;
    let at = this.#at + 1;
    let value = '';
    for (;;) {
      STRING_END.lastIndex = at;
      const end = STRING_END.exec(this.#text)?.index ?? this.#text.length;
      value += this.#text.slice(at, end);
      this.#at = end;
      if (this.#text[end] === '"') {
        this.#at = end + 1;
        return value;
      }
      if (end === this.#text.length) this.#fail('a string does not end');
      if (this.#text[end] !== '\\') this.#fail('a control character must be escaped in a string');
      value += this.#escape();
      at = this.#at;
    }
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? '';
    const known = ESCAPES[letter];
    if (known !== undefined) {
      this.#at += 2;
      return known;
    }
    const digits = this.#text.slice(this.#at + 2, this.#at + 6);
    if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail('an escape that JSON does not know');
    this.#at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #word(): Json {
    for (const [word, value] of WORDS)
      if (this.#text.startsWith(word, this.#at)) {
        this.#take(word);
        return value;
      }
    return this.#fail('expected a value');
  }

  #number(): JsonNumber {
    return this.#plainNumber() ?? this.#anyNumber();
  }

  /** A short whole number from 1 up; undefined: another one. */
  #plainNumber(): JsonNumber | undefined {
    const start = this.#at;
    let end = start;
    let code = this.#text.charCodeAt(end);
    if (code === ZERO) return undefined;
    while (code >= ZERO && code <= NINE) code = this.#text.charCodeAt(++end);
    if (end === start || end - start > PLAIN_DIGITS_MAX || GOES_ON.has(code)) return undefined;
    this.#at = end;
    this.#tokens++;
    return new JsonNumber(this.#text.slice(start, end));
  }

  #anyNumber(): JsonNumber {
    NUMBER.lastIndex = this.#at;
    const token = NUMBER.exec(this.#text)?.[0];
    if (token === undefined)
      this.#fail(this.#at < this.#text.length ? 'expected a value' : 'the text ends early');
    const normal = normalNumber(token);
    if (normal === undefined) this.#fail(`an exponent beyond ±${EXPONENT_MAX}`);
    this.#take(token);
    return new JsonNumber(normal);
  }

  #takes(token: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== token) return false;
    this.#take(token);
    return true;
  }

  #take(token: string): void {
    this.#at += token.length;
    this.#tokens++;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #fail(what: string): never {
    throw new Refused('', `not JSON at byte ${Buffer.byteLength(this.#text.slice(0, this.#at))}: ${what}`);
  }
}
