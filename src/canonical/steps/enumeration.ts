/**
 * enum: raw values by canonical ones, of any kind, null too.
 *
 *   enum: { field: state, map: { N: new, P: paid, '': null }, others: keep }
 *   enum: { fields: [a, b], map: [[1, true], [0, false]] }        raw values that are no texts
 *
 * Of several raw values for one canonical value the first is the usual one. `others: refuse` is the default.
 */
import { isObject, type Json, sameJson } from '../json.ts';
import type { Part } from '../part.ts';
import { printJson, shortText as shown } from '../print-json.ts';
import { fieldsOf } from './fields.ts';
import type { Step } from './step.ts';
import { type Conversion, valueStep } from './value-step.ts';

type Pair = readonly [raw: Json, canonical: Json];

export function enumSteps(part: Part): Step[] {
  part.members(['field', 'fields', 'map', 'others']);
  const pairs = pairsOf(part.require('map'));
  const keepsOthers = part.find('others')?.oneOf(['refuse', 'keep']) === 'keep';
  const conversion = enumeration(pairs, keepsOthers);
  return fieldsOf(part).map((path) => valueStep('enum', path, conversion));
}

function pairsOf(part: Part): Pair[] {
  const pairs: [raw: Json, canonical: Json, part: Part][] = isObject(part.value)
    ? part.members().map(([raw, canonical]) => [raw, canonical.value, canonical])
    : part.items().map((item) => {
        const pair = item.items();
        if (pair.length !== 2) item.fail('must be a pair: [raw, canonical]');
        return [pair[0]!.value, pair[1]!.value, item];
      });
  if (pairs.length === 0) part.fail('must name at least one value');
  for (const [index, [raw, , at]] of pairs.entries())
    if (pairs.slice(0, index).some(([other]) => sameJson(other, raw)))
      at.fail('the raw value is there twice');
  return pairs.map(([raw, canonical]) => [raw, canonical]);
}

function enumeration(pairs: readonly Pair[], keepsOthers: boolean): Conversion {
  const forwards = new Map(pairs.map(([raw, canonical]) => [printJson(raw), canonical]));
  const backwards = new Map([...pairs].reverse().map(([raw, canonical]) => [printJson(canonical), raw]));
  return {
    // A value that is kept may be one that another becomes: then it is kept beside, too.
    class: backwards.size < pairs.length || keepsOthers ? 'lens' : 'iso',
    takesNull: true,
    forward(raw, fail) {
      const mapped = forwards.get(printJson(raw!));
      if (mapped !== undefined) return mapped;
      if (keepsOthers || raw === null) return raw;
      return fail(`${shown(raw!)} is none of ${pairs.map((pair) => shown(pair[0])).join(', ')}`);
    },
    backward(canonical, fail) {
      const mapped = backwards.get(printJson(canonical!));
      if (mapped !== undefined) return mapped;
      if (keepsOthers || canonical === null) return canonical;
      return fail(`${shown(canonical!)} is none of ${pairs.map((pair) => shown(pair[1])).join(', ')}`);
    },
    spellings(raw) {
      if (raw === undefined) return [];
      const canonical = forwards.get(printJson(raw));
      return pairs
        .filter((pair) => canonical !== undefined && sameJson(pair[1], canonical))
        .map((pair) => pair[0]);
    },
  };
}
