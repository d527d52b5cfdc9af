/**
 * remembered: a conversion that knows what it gave before. Conversions of a definition are pure, and values come again: always within
 * one record (it is turned back to see that it can be), often in the next one (a state, an airport, a minute).
 *
 * Texts of up to 64 characters and numbers only; at most 4,096 of each kind and direction, then it begins anew.
 */
import { type Json, JsonNumber } from '../json.ts';
import type { Conversion, Fail } from './value-step.ts';

const ENTRIES_MAX = 4096;
const CHARACTERS_MAX = 64;

type Value = Json | undefined;
type Convert = (value: Value, fail: Fail) => Value;

export function remembered(conversion: Conversion): Conversion {
  return {
    ...conversion,
    forward: rememberedOne((value, fail) => conversion.forward(value, fail)),
    backward: rememberedOne((value, fail) => conversion.backward(value, fail)),
  };
}

function rememberedOne(convert: Convert): Convert {
  const [ofTexts, ofNumbers] = [new Map<string, Value>(), new Map<string, Value>()];
  return (value, fail) => {
    const isText = typeof value === 'string';
    if (!isText && !(value instanceof JsonNumber)) return convert(value, fail);
    const [known, text] = isText ? [ofTexts, value] : [ofNumbers, value.text];
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = convert(value, fail);
    if (text.length <= CHARACTERS_MAX && isScalar(result)) {
      if (known.size >= ENTRIES_MAX) known.clear();
      known.set(text, result);
    }
    return result;
  };
}

function isScalar(value: Value): boolean {
  return (typeof value === 'string' && value.length <= CHARACTERS_MAX) || value instanceof JsonNumber;
}
