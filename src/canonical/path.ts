/**
 * Path: the way to a field, `customer.address.city`. A key that has a dot in it is written as a list: ['a.b', 'c'].
 */
import { isObject, type Json, type JsonObject } from './json.ts';

export class Path {
  readonly keys: readonly [string, ...string[]];
  readonly text: string;
  readonly #parents: readonly string[];
  readonly #last: string;

  constructor(keys: readonly [string, ...string[]]) {
    this.keys = keys;
    this.#parents = keys.slice(0, -1);
    this.#last = keys.at(-1)!;
    this.text = keys.map((key) => (key.includes('.') ? `['${key}']` : key)).join('.');
  }

  /** Undefined when `written` is not a path. */
  static of(written: Json | undefined): Path | undefined {
    const keys = typeof written === 'string' ? written.split('.') : written;
    if (!Array.isArray(keys) || keys.length === 0) return undefined;
    if (!keys.every((key): key is string => typeof key === 'string' && key !== '')) return undefined;
    return new Path(keys as [string, ...string[]]);
  }

  /** The same parent, another last key. */
  sibling(name: string): Path {
    return new Path([...this.#parents, name] as unknown as [string, ...string[]]);
  }

  find(document: JsonObject): Json | undefined {
    return this.#parent(document)?.get(this.#last);
  }

  /** Objects on the way come into being. False when something that is no object stands in the way. */
  set(document: JsonObject, value: Json): boolean {
    let at: JsonObject = document;
    for (const key of this.#parents) {
      let next: Json | undefined = at.get(key);
      if (next === undefined) {
        next = new Map();
        at.set(key, next);
      }
      if (!isObject(next)) return false;
      at = next;
    }
    at.set(this.#last, value);
    return true;
  }

  /** Takes the field out, and the objects on the way that are empty then. */
  take(document: JsonObject): Json | undefined {
    const value = this.#parent(document)?.get(this.#last);
    if (value === undefined) return undefined;
    if (this.#parents.length === 0) document.delete(this.#last);
    else remove(document, this.keys);
    return value;
  }

  #parent(document: JsonObject): JsonObject | undefined {
    let at: JsonObject = document;
    for (const key of this.#parents) {
      const next = at.get(key);
      if (!isObject(next)) return undefined;
      at = next;
    }
    return at;
  }
}

function remove(object: JsonObject, keys: readonly string[]): void {
  const [key, ...rest] = keys as [string, ...string[]];
  const child = object.get(key);
  if (rest.length > 0 && isObject(child)) {
    remove(child, rest);
    if (child.size > 0) return;
  }
  object.delete(key);
}
