/**
 * What should come of the input, computed by hand from the input's log alone: of every record one fate.
 *
 * Records of a key lie in one partition of the input, so their order is given, however many stages they pass.
 */
import type { LogRecord } from '../../src/streams/index.ts';
import type { Item } from './workload.ts';

export interface Expected {
  /** Key → places and values of what comes out, in order. */
  readonly out: ReadonlyMap<string, readonly string[]>;
  /** Places of what is dead. */
  readonly dead: ReadonlySet<string>;
  readonly dropped: number;
  readonly held: number;
}

interface KeyState {
  readonly seen: Map<number, string>;
  readonly held: Map<number, string>;
  readonly out: string[];
}

export function placeOf({
  partition,
  offset,
}: {
  readonly partition: number;
  readonly offset: number;
}): string {
  return `${partition}/${offset}`;
}

export function expectedOf(input: readonly LogRecord[]): Expected {
  const keys = new Map<string, KeyState>();
  const dead = new Set<string>();
  let dropped = 0;
  for (const record of input) {
    const text = record.value!.toString();
    if (!text.startsWith('{')) {
      dead.add(placeOf(record));
      continue;
    }
    const { k, n } = JSON.parse(text) as Item;
    const key = keys.get(k) ?? { seen: new Map<number, string>(), held: new Map<number, string>(), out: [] };
    keys.set(k, key);
    const before = key.seen.get(n);
    if (before === text) dropped++;
    else if (before !== undefined) dead.add(placeOf(record));
    else {
      key.seen.set(n, text);
      key.held.set(n, `${placeOf(record)} ${text}`);
      for (let next = key.out.length; key.held.has(next); next++) {
        key.out.push(key.held.get(next)!);
        key.held.delete(next);
      }
    }
  }
  const held = [...keys.values()].reduce((sum, key) => sum + key.held.size, 0);
  return { out: new Map([...keys].map(([k, { out }]) => [k, out])), dead, dropped, held };
}
