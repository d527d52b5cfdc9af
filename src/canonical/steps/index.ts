/** Steps by their name in a definition, in the words of its author: one line each. */
import type { Part } from '../part.ts';
import type { Schema } from '../schema.ts';
import { castSteps } from './cast.ts';
import { defaultSteps } from './default.ts';
import { dropSteps } from './drop.ts';
import { eachStep } from './each.ts';
import { enumSteps } from './enumeration.ts';
import { moveSteps, renameSteps } from './move.ts';
import { joinSteps, splitSteps } from './split.ts';
import type { Step } from './step.ts';
import { unitSteps } from './unit.ts';
import { wrapSteps } from './wrap.ts';

type Read = (part: Part, schema: Schema) => Step[];

const STEPS: Readonly<Record<string, Read>> = {
  rename: renameSteps,
  move: moveSteps,
  cast: castSteps,
  unit: unitSteps,
  enum: enumSteps,
  default: defaultSteps,
  split: splitSteps,
  join: joinSteps,
  wrap: wrapSteps,
  drop: dropSteps,
  each: eachSteps,
};

/** `steps:` of a definition: a list of mappings with one name each; with where each step was written. */
export function readSteps(
  part: Part,
  schema: Schema,
  byHand: ReadonlyMap<number, Step> = new Map(),
): { readonly step: Step; readonly at: Part }[] {
  return part.items().flatMap((item, index) => {
    const written = byHand.get(index);
    if (written !== undefined) return [{ step: written, at: item }];
    const [named, more] = item.members(Object.keys(STEPS));
    if (named === undefined || more !== undefined)
      return item.fail(`must name one step: ${Object.keys(STEPS).join(', ')}`);
    const [name, settings] = named;
    return STEPS[name]!(settings, schema).map((step) => ({ step, at: settings }));
  });
}

function eachSteps(part: Part, schema: Schema): Step[] {
  part.members(['field', 'steps']);
  const steps = readSteps(part.require('steps'), schema).map(({ step }) => step);
  return [eachStep(part.require('field').path(), steps)];
}
