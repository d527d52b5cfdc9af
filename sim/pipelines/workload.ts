/**
 * What the simulated pipeline does, and what is written into its input: numbered items of a few keys, shuffled over a short
 * distance, some of them twice, some under the number of another one, some that are no items at all.
 */
import type { Random } from '../../src/env/index.ts';
import { type Pipeline, pipeline, serde, topic } from '../../src/streams/index.ts';

export interface Item {
  readonly k: string;
  readonly n: number;
  /** Two items of a number with different contents: the second is a conflict. */
  readonly c: string;
}

export interface Row {
  readonly key: string;
  readonly value: string;
}

export const INPUT = 'in';
export const OUTPUT = 'out';
export const NAME = 'p';

/** So many stages: nobody has to meet; a repartition before both steps; one before each. */
export const SHAPES = [1, 2, 3] as const;
export type Shape = (typeof SHAPES)[number];

export function planOf(shape: Shape, commitEveryMs: number): Pipeline {
  const input = pipeline(NAME, { commitEvery: `${commitEveryMs}ms` }).from(
    topic(INPUT, { key: serde.text, value: serde.json<Item>() }),
  );
  const met = shape === 1 ? input : input.keyBy((r) => r.value.k, { as: 'first', key: serde.text });
  const once = met.dedupe({ by: (r) => `${r.value.k}:${r.value.n}`, window: { count: 100_000 } });
  const again = shape < 3 ? once : once.keyBy((r) => r.value.k, { as: 'second', key: serde.text });
  return again
    .reorder({ sequence: (r) => r.value.n, start: 0, gap: { onTimeout: 'wait' } })
    .to(topic(OUTPUT, { key: serde.text, value: serde.json<Item>() }));
}

export function drawInput(random: Random, keys: number, perKey: number, padding: number): Row[] {
  const rows: { readonly row: Row; readonly at: number }[] = [];
  const put = (at: number, k: string, value: string) => rows.push({ row: { key: k, value }, at });
  for (let i = 0; i < keys * perKey; i++) {
    const [k, n] = [`k${i % keys}`, Math.floor(i / keys)];
    const item = (c: string) => JSON.stringify({ k, n, c } satisfies Item);
    put(i + random.below(3 * keys), k, item('x'.repeat(1 + random.below(padding))));
    if (random.below(6) === 0)
      put(i + random.below(10 * keys), k, item(random.below(3) === 0 ? 'forged' : 'y'));
    if (random.below(25) === 0) put(i, k, 'no item');
  }
  return rows.sort((a, b) => a.at - b.at).map(({ row }) => row);
}
