/** each: `each: { field: items, steps: [ ... ] }`: the steps, on every object of a list. */
import { isObject, type Json, JsonNumber, type JsonObject, kindOf } from '../json.ts';
import type { Path } from '../path.ts';
import { Refused } from '../refused.ts';
import { getAll, putAll } from './sequence.ts';
import { type LensClass, type Step, weaker } from './step.ts';

export function eachStep(path: Path, steps: readonly Step[]): Step {
  const items = (document: JsonObject): [number, JsonObject][] => {
    const list = path.find(document);
    if (list === undefined || list === null) return [];
    if (!Array.isArray(list)) throw new Refused(path.text, `must be a list, not ${kindOf(list)}`);
    return list.map((item, index) => {
      if (!isObject(item))
        throw new Refused(`${path.text}[${index}]`, `must be an object, not ${kindOf(item)}`);
      return [index, item];
    });
  };
  const inItem = <T>(index: number, act: () => T): T => {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      throw new Refused(`${path.text}[${index}].${error.field}`, error.reason, error.at);
    }
  };
  return {
    title: `each ${path.text}`,
    class: steps.reduce<LensClass>((all, step) => weaker(all, step.class), 'iso'),
    isByHand: steps.some((step) => step.isByHand === true),
    get(document) {
      const rests: Json[] = [];
      for (const [index, item] of items(document)) {
        const rest = inItem(index, () => getAll(steps, item));
        if (rest !== undefined) rests.push([JsonNumber.of(index), rest]);
      }
      return rests.length === 0 ? undefined : rests;
    },
    put(document, rest) {
      const rests = new Map((Array.isArray(rest) ? rest : []).map((entry) => restAt(entry)));
      for (const [index, item] of items(document)) inItem(index, () => putAll(steps, item, rests.get(index)));
    },
    vary(document, choose) {
      for (const [, item] of items(document))
        for (const step of [...steps].reverse()) step.vary?.(item, choose);
    },
  };
}

function restAt(entry: Json): [number, Json] {
  const [index, rest] = Array.isArray(entry) ? entry : [];
  return index instanceof JsonNumber && rest !== undefined ? [Number(index.text), rest] : [-1, null];
}
