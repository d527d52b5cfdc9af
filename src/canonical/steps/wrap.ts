/**
 * wrap: a value becomes the only one of a list, or a member of an object.
 *
 *   wrap: { field: tag, in: list }       "a" <-> ["a"]
 *   wrap: { field: total, as: value }    5 <-> { "value": 5 }
 *
 * Lists of any other length, and objects with more in them, have no raw value.
 */
import { isObject } from '../json.ts';
import type { Part } from '../part.ts';
import { fieldsOf } from './fields.ts';
import type { Step } from './step.ts';
import { type Conversion, valueStep } from './value-step.ts';

export function wrapSteps(part: Part): Step[] {
  part.members(['field', 'fields', 'in', 'as']);
  const key = part.find('as')?.text();
  if (key === undefined) part.require('in').oneOf(['list']);
  else part.find('in')?.fail("either 'in' or 'as'");
  const conversion = key === undefined ? inList : asMember(key);
  return fieldsOf(part).map((path) => valueStep('wrap', path, conversion));
}

const inList: Conversion = {
  class: 'injection',
  forward: (raw) => [raw!],
  backward: (canonical, fail) =>
    Array.isArray(canonical) && canonical.length === 1
      ? canonical[0]
      : fail('must be a list of one to be unwrapped'),
};

const asMember = (key: string): Conversion => ({
  class: 'injection',
  forward: (raw) => new Map([[key, raw!]]),
  backward: (canonical, fail) =>
    isObject(canonical) && canonical.size === 1 && canonical.has(key)
      ? canonical.get(key)
      : fail(`must be an object with '${key}' alone to be unwrapped`),
});
