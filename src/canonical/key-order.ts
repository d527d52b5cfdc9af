/**
 * KeyOrder: in which order a raw record has its keys. A definition may say how they usually stand (`order:`); the others follow by
 * UTF-16 code units. Only where a record does otherwise is its order kept, as a list of places in the usual order.
 *
 *   usual a b c, record c a b  →  [["", [2, 0, 1]]]      "" is the top, "/items/0" an object further down (RFC 6901)
 */
import { isObject, type Json, JsonNumber, type JsonObject } from './json.ts';
import { byCodeUnits } from './print-json.ts';

/** Path without indexes (`items[].price`) → its place. */
export type Ranks = ReadonlyMap<string, number>;

export function ranksOf(order: readonly string[]): Ranks {
  return new Map(order.map((path, index) => [path, index]));
}

/** What is unusual in the order of `tree`; undefined: nothing. */
export function orderOf(tree: Json, ranks: Ranks): Json[] | undefined {
  const found: Json[] = [];
  visit(tree, '', '', (object, pointer, path) => {
    const keys = [...object.keys()];
    const usual = usualKeys(keys, path, ranks);
    if (keys.every((key, index) => key === usual[index])) return;
    const places = new Map(usual.map((key, index) => [key, index]));
    found.push([pointer, keys.map((key) => JsonNumber.of(places.get(key)!))]);
  });
  return found.length === 0 ? undefined : found;
}

/** Puts the keys of `tree` into the usual order, and then as `unusual` says. In place. */
export function putInOrder(tree: Json, ranks: Ranks, unusual: Json | undefined): void {
  const lists = new Map<string, readonly Json[]>();
  for (const entry of Array.isArray(unusual) ? unusual : [])
    if (Array.isArray(entry) && typeof entry[0] === 'string' && Array.isArray(entry[1]))
      lists.set(entry[0], entry[1]);
  visit(tree, '', '', (object, pointer, path) => {
    const usual = usualKeys([...object.keys()], path, ranks);
    const list = lists.get(pointer);
    reorder(object, list === undefined ? usual : permuted(usual, list));
  });
}

/** Every key once, whatever the list says: it may have been taken from a record with other keys. */
function permuted(usual: readonly string[], list: readonly Json[]): string[] {
  const keys = new Set<string>();
  for (const place of list) {
    const key = place instanceof JsonNumber ? usual[Number(place.text)] : undefined;
    if (key !== undefined) keys.add(key);
  }
  for (const key of usual) keys.add(key);
  return [...keys];
}

function reorder(object: JsonObject, keys: readonly string[]): void {
  const members = keys.map((key) => [key, object.get(key)!] as const);
  object.clear();
  for (const [key, value] of members) object.set(key, value);
}

function usualKeys(keys: readonly string[], path: string, ranks: Ranks): string[] {
  const rankOf = (key: string) => ranks.get(path === '' ? key : `${path}.${key}`) ?? Number.POSITIVE_INFINITY;
  const ranked = keys.map((key) => ({ key, rank: rankOf(key) }));
  ranked.sort((left, right) =>
    left.rank === right.rank ? byCodeUnits(left.key, right.key) : left.rank < right.rank ? -1 : 1,
  );
  return ranked.map(({ key }) => key);
}

type Visit = (object: JsonObject, pointer: string, path: string) => void;

/** Every object of a tree, outer ones first. */
function visit(value: Json, pointer: string, path: string, onObject: Visit): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) visit(item, `${pointer}/${index}`, `${path}[]`, onObject);
    return;
  }
  if (!isObject(value)) return;
  onObject(value, pointer, path);
  for (const [key, item] of value)
    if (item !== null && typeof item === 'object')
      visit(item, `${pointer}/${escaped(key)}`, path === '' ? key : `${path}.${key}`, onObject);
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
