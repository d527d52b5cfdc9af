/** Memo: what short texts and numbers led to. Of 64 characters at most, 4,096 of each kind; then it begins anew. */
import { type Json, JsonNumber } from '../json.ts';

const ENTRIES_MAX = 4096;
const CHARACTERS_MAX = 64;

type Short = string | JsonNumber;

export class Memo {
  readonly #texts = new Map<string, Short>();
  readonly #numbers = new Map<string, Short>();

  /** Undefined: not known. */
  get(value: Json | undefined): Short | undefined {
    if (typeof value === 'string') return this.#texts.get(value);
    return value instanceof JsonNumber ? this.#numbers.get(value.text) : undefined;
  }

  set(value: Short, result: Short): void {
    const [known, text] = typeof value === 'string' ? [this.#texts, value] : [this.#numbers, value.text];
    if (known.size >= ENTRIES_MAX) known.clear();
    known.set(text, result);
  }
}

export function isShort(value: Json | undefined): value is Short {
  return (typeof value === 'string' && value.length <= CHARACTERS_MAX) || value instanceof JsonNumber;
}
