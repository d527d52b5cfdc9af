/** Sequence: steps one behind the other; forwards there, backwards back. The rests are kept by the number of their step, from 1. */
import { isObject, type Json, type JsonObject } from '../json.ts';
import { Refused } from '../refused.ts';
import type { Step } from './step.ts';

/** The steps' rests; undefined: there are none. */
export function getAll(steps: readonly Step[], document: JsonObject): JsonObject | undefined {
  let rests: JsonObject | undefined;
  for (const [index, step] of steps.entries()) {
    const rest = named(index, step, () => step.get(document));
    if (rest === undefined) continue;
    rests ??= new Map();
    rests.set(String(index + 1), rest);
  }
  return rests;
}

export function putAll(steps: readonly Step[], document: JsonObject, rests: Json | undefined): void {
  for (let index = steps.length - 1; index >= 0; index--) {
    const step = steps[index]!;
    const rest = isObject(rests) ? rests.get(String(index + 1)) : undefined;
    named(index, step, () => step.put(document, rest));
  }
}

/** A refusal says which step it was. */
function named<T>(index: number, step: Step, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const at = `step ${index + 1} (${step.title})`;
    throw new Refused(error.field, error.reason, error.at === undefined ? at : `${at}, ${error.at}`);
  }
}
