/**
 * ValueStep: a step that converts one field. Whatever the conversion is, nothing is lost: when the inverse does not give
 * the very same raw value back, that value is the rest.
 *
 *   get   canonical = forward(raw);  rest = raw, unless backward(canonical) is raw
 *   put   raw = rest, if forward(rest) is the canonical value still; else backward(canonical), which must lead there again
 *
 * Conversions of a definition are pure, and values come again: within one record, which is turned back to see that it can be, and in the next
 * one. So a step knows what it gave, and what comes back of it; one by hand is asked each time.
 *
 * A null stays null and an absent field absent, unless the conversion says that it takes them.
 */
import { copyOf, type Json, type JsonObject, sameJson } from '../json.ts';
import type { Path } from '../path.ts';
import { Refused } from '../refused.ts';
import { isShort, Memo } from './memo.ts';
import type { LensClass, Step } from './step.ts';

type Value = Json | undefined;
/** Refuses the value; the reason continues "total: ...". */
export type Fail = (reason: string) => never;

export interface Conversion {
  readonly class: LensClass;
  readonly takesNull?: boolean;
  readonly takesAbsent?: boolean;
  readonly isByHand?: boolean;
  forward(raw: Value, fail: Fail): Value;
  backward(canonical: Value, fail: Fail): Value;
  /** Other raw values that lead to the same canonical one. */
  spellings?(raw: Value): readonly Value[];
}

class NotConverted extends Error {}

export function valueStep(name: string, path: Path, conversion: Conversion): Step {
  const [there, back] = [new Memo(), new Memo()];
  const fail: Fail = (reason) => {
    throw new Refused(path.text, reason);
  };
  const isTaken = (value: Value) =>
    value === undefined ? conversion.takesAbsent === true : value !== null || conversion.takesNull === true;
  const forward = (raw: Value, refuse: Fail) => (isTaken(raw) ? conversion.forward(raw, refuse) : raw);
  const place = (document: JsonObject, value: Value) => {
    if (value === undefined) path.take(document);
    else if (!path.set(document, copyOf(value))) fail('something that is no object stands in the way');
  };
  return {
    title: `${name} ${path.text}`,
    class: conversion.class,
    isByHand: conversion.isByHand === true,
    get(document) {
      const raw = path.find(document);
      const known = there.get(raw);
      if (known !== undefined) {
        path.set(document, known);
        return undefined;
      }
      if (!isTaken(raw)) return undefined;
      const canonical = conversion.forward(raw, fail);
      place(document, canonical);
      const found = attempt((refuse) =>
        isTaken(canonical) ? conversion.backward(canonical, refuse) : canonical,
      );
      if (found === FAILED || !sameJson(found, raw)) return copyOf(raw!);
      if (conversion.isByHand !== true && isShort(raw) && isShort(canonical)) {
        there.set(raw, canonical);
        back.set(canonical, raw);
      }
      return undefined;
    },
    put(document, rest) {
      const canonical = path.find(document);
      if (rest !== undefined && leadsTo(rest, canonical)) {
        place(document, rest);
        return;
      }
      const known = back.get(canonical);
      if (known !== undefined) {
        path.set(document, known);
        return;
      }
      if (!isTaken(canonical)) return;
      const raw = conversion.backward(canonical, fail);
      if (!leadsTo(raw, canonical)) fail('no raw value leads to this one');
      place(document, raw);
    },
    vary(document, choose) {
      const raw = path.find(document);
      const others = conversion.spellings?.(raw) ?? [];
      const chosen = choose(others.length + 1);
      if (chosen > 0) place(document, others[chosen - 1]);
    },
  };

  function leadsTo(raw: Value, canonical: Value): boolean {
    const there = attempt((refuse) => forward(raw, refuse));
    return there !== FAILED && sameJson(there, canonical);
  }
}

const FAILED = Symbol('failed');

function attempt(act: (fail: Fail) => Value): Value | typeof FAILED {
  try {
    return act(() => {
      throw new NotConverted();
    });
  } catch (error) {
    if (error instanceof NotConverted) return FAILED;
    throw error;
  }
}
