/** default: `default: { field: currency, value: EUR }`: absent there, EUR here. Where a raw record says EUR itself, that is kept. */
import { sameJson } from '../json.ts';
import type { Part } from '../part.ts';
import type { Step } from './step.ts';
import { type Conversion, valueStep } from './value-step.ts';
import { fieldsOf } from './fields.ts';

export function defaultSteps(part: Part): Step[] {
  part.members(['field', 'fields', 'value']);
  const { value } = part.require('value');
  const conversion: Conversion = {
    class: 'lens',
    takesNull: true,
    takesAbsent: true,
    forward: (raw) => (raw === undefined ? value : raw),
    backward: (canonical) => (sameJson(canonical, value) ? undefined : canonical),
    spellings: (raw) => (raw === undefined ? [value] : []),
  };
  return fieldsOf(part).map((path) => valueStep('default', path, conversion));
}
