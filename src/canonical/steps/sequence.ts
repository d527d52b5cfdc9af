/** Sequence: steps one behind the other; forwards there, backwards back. The rests are kept by the number of their step, from 1. */
import { isObject, type Json, type JsonObject } from '../json.ts';
import { Refused } from '../refused.ts';
import type { Step } from './step.ts';

/** The steps' rests; undefined: there are none. */
export function getAll(steps: readonly Step[], document: JsonObject): JsonObject | undefined {
  let rests: JsonObject | undefined;
  let index = 0;
  try {
    for (; index < steps.length; index++) {
      const rest = steps[index]!.get(document);
      if (rest === undefined) continue;
      rests ??= new Map();
      rests.set(String(index + 1), rest);
    }
  } catch (error) {
    throw named(error, index, steps);
  }
  return rests;
}

export function putAll(steps: readonly Step[], document: JsonObject, rests: Json | undefined): void {
  let index = steps.length - 1;
  try {
    for (; index >= 0; index--)
      steps[index]!.put(document, isObject(rests) ? rests.get(String(index + 1)) : undefined);
  } catch (error) {
    throw named(error, index, steps);
  }
}

/** A refusal says which step it was. */
function named(error: unknown, index: number, steps: readonly Step[]): unknown {
  if (!(error instanceof Refused)) return error;
  const at = `step ${index + 1} (${steps[index]!.title})`;
  return new Refused(error.field, error.reason, error.at === undefined ? at : `${at}, ${error.at}`);
}
