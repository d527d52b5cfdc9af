/**
 * unit: a number in another unit, exactly.
 *
 *   unit: { field: weight, from: g, to: kg }        1500 <-> 1.5
 *   unit: { field: total, factor: 0.01 }            cents <-> euros
 *
 * Where most results would have no end (minutes to hours), the definition is refused: nothing is ever rounded.
 */
import {
  added,
  type Decimal,
  decimalOf,
  decimalText,
  hasFiniteResults,
  negated,
  type Ratio,
  type Scale,
  scaleBy,
} from '../decimal.ts';
import { JsonNumber, kindOf } from '../json.ts';
import type { Part } from '../part.ts';
import { UNITS } from '../units.ts';
import { fieldsOf } from './fields.ts';
import type { Step } from './step.ts';
import { type Conversion, type Fail, valueStep } from './value-step.ts';

interface Linear {
  readonly ratio: Ratio;
  /** Added before scaling, and after it. */
  readonly before: Decimal;
  readonly after: Decimal;
}

export function unitSteps(part: Part): Step[] {
  part.members(['field', 'fields', 'from', 'to', 'factor']);
  const linear = part.find('factor') === undefined ? betweenUnits(part) : byFactor(part);
  const conversion = conversionOf(linear);
  return fieldsOf(part).map((path) => valueStep('unit', path, conversion));
}

function betweenUnits(part: Part): Linear {
  const [from, to] = [unitOf(part.require('from')), unitOf(part.require('to'))];
  if (from.quantity !== to.quantity) part.fail(`from is a ${from.quantity} and to a ${to.quantity}`);
  const ratio = reduced(from.over * to.under, from.under * to.over);
  if (!hasFiniteResults(ratio))
    part.fail('most results would have no end as decimals: keep the raw unit, or choose a smaller one');
  return { ratio, before: decimalOf(from.offset ?? '0')!, after: negated(decimalOf(to.offset ?? '0')!) };
}

function byFactor(part: Part): Linear {
  part.members(['field', 'fields', 'factor']);
  const factor = part.require('factor');
  const decimal = factor.value instanceof JsonNumber ? decimalOf(factor.value.text) : undefined;
  if (
    decimal === undefined ||
    decimal.digits === '0' ||
    decimal.isNegative ||
    Math.abs(decimal.exponent) > FACTOR_EXPONENT_MAX
  )
    return factor.fail('must be a number above 0, such as 0.01');
  const digits = BigInt(decimal.digits);
  const power = 10n ** BigInt(Math.abs(decimal.exponent));
  const ratio = decimal.exponent < 0 ? reduced(digits, power) : reduced(digits * power, 1n);
  return { ratio, before: ZERO, after: ZERO };
}

const FACTOR_EXPONENT_MAX = 100;
const ZERO = decimalOf('0')!;

function unitOf(part: Part) {
  return UNITS[part.oneOf(Object.keys(UNITS))]!;
}

function reduced(over: bigint, under: bigint): Ratio {
  let [a, b] = [over, under];
  while (b !== 0n) [a, b] = [b, a % b];
  return { over: over / a, under: under / a };
}

function conversionOf({ ratio, before, after }: Linear): Conversion {
  const inverse = { over: ratio.under, under: ratio.over };
  const [there, back] = [scaleBy(ratio), scaleBy(inverse)];
  return {
    class: hasFiniteResults(inverse) ? 'iso' : 'injection',
    forward: (raw, fail) => converted(raw, before, there, after, fail),
    backward: (canonical, fail) => converted(canonical, negated(after), back, negated(before), fail),
  };
}

function converted(
  value: Parameters<Conversion['forward']>[0],
  before: Decimal,
  scale: Scale,
  after: Decimal,
  fail: Fail,
): JsonNumber {
  if (!(value instanceof JsonNumber)) return fail(`must be a number, not ${kindOf(value)}`);
  const moved = added(decimalOf(value.text)!, before);
  const grown = moved === undefined ? undefined : scale(moved);
  const result = grown === undefined ? undefined : added(grown, after);
  return result === undefined
    ? fail('has no exact value in the other unit')
    : new JsonNumber(decimalText(result));
}
