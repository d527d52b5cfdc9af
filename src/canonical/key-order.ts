/**
 * KeyOrder: in which order a raw record has its keys. A definition may say how they usually stand (`order:`); the others follow by
 * UTF-16 code units. Only where a record does otherwise is its order kept, as a list of places in the usual order.
 *
 *   usual a b c, record c a b  ->  [["", [2, 0, 1]]]      "" is the top, "/items/0" an object further down (RFC 6901)
 */
import { isObject, type Json, JsonNumber, type JsonObject } from './json.ts';
import { byCodeUnits } from './print-json.ts';

/** So many kinds of objects (by their path and keys) are known again. */
const SHAPES_MAX = 256;

/** How keys usually stand. */
export class KeyOrder {
  /** Path without indexes (`items[].price`) -> its place. */
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #shapes = new Map<string, readonly string[]>();

  constructor(order: readonly string[]) {
    this.#ranks = new Map(order.map((path, index) => [path, index]));
  }

  isUsual(object: JsonObject, path: string): boolean {
    let [rank, last] = [-1, ''];
    for (const key of object.keys()) {
      const next = this.#rankOf(key, path);
      if (next < rank || (next === rank && key < last)) return false;
      rank = next;
      last = key;
    }
    return true;
  }

  /** Records of a topic have the same keys in the same order, most of them. */
  usual(object: JsonObject, path: string): readonly string[] {
    let shape = path;
    for (const key of object.keys()) shape += `\0${key.length}\0${key}`;
    const known = this.#shapes.get(shape);
    if (known !== undefined) return known;
    const usual = this.#sorted([...object.keys()], path);
    if (this.#shapes.size >= SHAPES_MAX) this.#shapes.clear();
    this.#shapes.set(shape, usual);
    return usual;
  }

  #sorted(keys: readonly string[], path: string): string[] {
    const ranked = keys.map((key) => ({ key, rank: this.#rankOf(key, path) }));
    ranked.sort((left, right) =>
      left.rank === right.rank ? byCodeUnits(left.key, right.key) : left.rank < right.rank ? -1 : 1,
    );
    return ranked.map(({ key }) => key);
  }

  #rankOf(key: string, path: string): number {
    return this.#ranks.get(path === '' ? key : `${path}.${key}`) ?? Number.POSITIVE_INFINITY;
  }
}

/** What is unusual in the order of `tree`; undefined: nothing. */
export function orderOf(tree: Json, order: KeyOrder): Json[] | undefined {
  let found: Json[] | undefined;
  visit(tree, '', '', (object, pointer, path) => {
    if (order.isUsual(object, path)) return;
    const places = new Map(order.usual(object, path).map((key, index) => [key, index]));
    found ??= [];
    found.push([pointer, [...object.keys()].map((key) => JsonNumber.of(places.get(key)!))]);
  });
  return found;
}

/** Puts the keys of `tree` into the usual order, and then as `unusual` says. In place. */
export function putInOrder(tree: Json, order: KeyOrder, unusual: Json | undefined): void {
  const lists = new Map<string, readonly Json[]>();
  for (const entry of Array.isArray(unusual) ? unusual : [])
    if (Array.isArray(entry) && typeof entry[0] === 'string' && Array.isArray(entry[1]))
      lists.set(entry[0], entry[1]);
  visit(tree, '', '', (object, pointer, path) => {
    const list = lists.get(pointer);
    if (list === undefined && order.isUsual(object, path)) return;
    const usual = order.usual(object, path);
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
  const values = keys.map((key) => object.get(key)!);
  object.clear();
  for (const [index, key] of keys.entries()) object.set(key, values[index]!);
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
  return /[~/]/.test(key) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;
}
