/**
 * Json: a JSON text as a tree that keeps what JavaScript's own would lose: every digit of a number, the order of keys
 * (also of those that look like numbers), unpaired surrogates.
 *
 *   null · true · false · string · JsonNumber · array · Map (members in the order of the text)
 */
import { normalNumber } from './decimal.ts';

export type Json = null | boolean | string | JsonNumber | Json[] | JsonObject;
export type JsonObject = Map<string, Json>;

/** A number by its normal form (decimal.ts). */
export class JsonNumber {
  readonly text: string;

  constructor(normal: string) {
    this.text = normal;
  }

  /** Throws for what is not a finite number in JSON's grammar. */
  static of(value: string | number | bigint): JsonNumber {
    const text = normalNumber(String(value));
    if (text === undefined) throw new RangeError(`${value} is not a number of JSON`);
    return new JsonNumber(text);
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

/** In any order of keys. */
export function sameJson(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (left instanceof JsonNumber) return right instanceof JsonNumber && left.text === right.text;
  if (Array.isArray(left))
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => sameJson(item, right[index]))
    );
  if (!isObject(left) || !isObject(right) || left.size !== right.size) return false;
  for (const [key, value] of left) if (!right.has(key) || !sameJson(value, right.get(key))) return false;
  return true;
}

/** A tree of its own, for what will be changed in place. */
export function copyOf(value: Json): Json {
  if (Array.isArray(value)) return value.map(copyOf);
  return isObject(value) ? new Map([...value].map(([key, item]) => [key, copyOf(item)])) : value;
}

/** Plain values of JavaScript as a tree; numbers must be finite. What is undefined is left out. */
export function jsonOf(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return JsonNumber.of(value);
  if (value instanceof JsonNumber) return value;
  if (Array.isArray(value)) return value.map(jsonOf);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [String(key), jsonOf(item)]));
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} has no place in JSON`);
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  return new Map(members.map(([key, item]) => [key, jsonOf(item)]));
}

/** What a value is, in a message. */
export function kindOf(value: Json | undefined): string {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  if (typeof value === 'string') return 'a string';
  if (typeof value === 'boolean') return 'a boolean';
  if (value instanceof JsonNumber) return 'a number';
  return Array.isArray(value) ? 'an array' : 'an object';
}
