/**
 * cast: another type for the same value.
 *
 *   cast: { field: total, from: text, to: number, scale: 2, point: ',' }      "12,50" <-> 12.5
 *   cast: { field: code, from: text, to: integer, pad: 4 }                    "0905" <-> 905
 *   cast: { field: id, from: number, to: text }                               7 <-> "7"
 *   cast: { field: day, from: text, format: MM/DD/YYYY, to: date }            "01/31/2001" <-> "2001-01-31"
 *   cast: { field: at, from: epoch-ms, to: timestamp }                        981012900000 <-> "2001-02-01T07:35:00Z"
 *
 * `scale`, `pad`, `point` and `format` say how the raw text is usually written; another spelling is taken too, and kept.
 */
import {
  type CalendarKind,
  type Instant,
  inRange,
  KINDS,
  offsetMs,
  Pattern,
  readCanonical,
  writeCanonical,
} from '../calendar.ts';
import { type Decimal, decimalOf, decimalText, fixedText, isInteger } from '../decimal.ts';
import { JsonNumber, kindOf } from '../json.ts';
import type { Part } from '../part.ts';
import { shortText } from '../print-json.ts';
import { fieldsOf } from './fields.ts';
import type { Step } from './step.ts';
import { type Conversion, type Fail, valueStep } from './value-step.ts';

const FROM = ['text', 'number', 'epoch-s', 'epoch-ms'] as const;
const TO = ['number', 'integer', 'text', ...KINDS] as const;
const SETTINGS = ['field', 'fields', 'from', 'to'];
type Value = Parameters<Conversion['forward']>[0];

export function castSteps(part: Part): Step[] {
  const conversion = conversionOf(part);
  return fieldsOf(part).map((path) => valueStep('cast', path, conversion));
}

function conversionOf(part: Part): Conversion {
  const from = part.require('from').oneOf(FROM);
  const to = part.require('to').oneOf(TO);
  if (from === 'text' && (to === 'number' || to === 'integer')) return textToNumber(part, to === 'integer');
  if (from === 'number' && to === 'text') return numberToText(part);
  if (from === 'text' && isCalendar(to)) return textToTime(part, to);
  if (from.startsWith('epoch-') && to === 'timestamp')
    return epochToTime(part, from === 'epoch-s' ? 1000 : 1);
  return part.fail(`no cast from ${from} to ${to}`);
}

function isCalendar(name: string): name is CalendarKind {
  return (KINDS as readonly string[]).includes(name);
}

function textToNumber(part: Part, isWhole: boolean): Conversion {
  part.members([...SETTINGS, 'scale', 'pad', 'point']);
  const scale = part.find('scale')?.count();
  const pad = part.find('pad')?.count() ?? 0;
  const point = part.find('point')?.oneOf(['.', ',']) ?? '.';
  const write = (decimal: Decimal): string | undefined => {
    const text = scale === undefined ? decimalText(decimal) : fixedText(decimal, scale);
    const [sign, digits] = text?.startsWith('-') ? ['-', text.slice(1)] : ['', text];
    return digits === undefined ? undefined : sign + digits.replace('.', point).padStart(pad, '0');
  };
  return {
    // A fraction has no whole raw number, nor one with too many digits for the scale.
    class: scale === undefined && !isWhole ? 'iso' : 'injection',
    forward(raw, fail) {
      const text = requireText(raw, fail);
      const decimal = (point === ',' ? !text.includes('.') : !text.includes(','))
        ? decimalOf(text.replace(',', '.').replace(/^\+/, ''))
        : undefined;
      if (decimal === undefined) return fail(`${shortText(text)} is not a number`);
      if (isWhole && !isInteger(decimal)) fail(`${shortText(text)} is not a whole number`);
      return new JsonNumber(decimalText(decimal));
    },
    backward(canonical, fail) {
      const decimal = requireNumber(canonical, fail);
      return write(decimal) ?? fail(`has more than ${scale} digits behind the point`);
    },
    spellings(raw) {
      return typeof raw === 'string' && /^\d+$/.test(raw) ? [`+${raw}`, `0${raw}`] : [];
    },
  };
}

function numberToText(part: Part): Conversion {
  part.members(SETTINGS);
  return {
    class: 'injection',
    forward: (raw, fail) => decimalText(requireNumber(raw, fail)),
    backward(canonical, fail) {
      const text = requireText(canonical, fail);
      const decimal = decimalOf(text);
      return decimal === undefined
        ? fail(`${shortText(text)} is not a number`)
        : new JsonNumber(decimalText(decimal));
    },
  };
}

function textToTime(part: Part, kind: CalendarKind): Conversion {
  part.members([...SETTINGS, 'format', 'offset']);
  const format = part.require('format');
  const pattern = new Pattern(format.text());
  const problem = pattern.problemFor(kind);
  if (problem !== undefined) format.fail(problem);
  const offset = offsetOf(part, kind, pattern);
  return {
    class: kind === 'date' || pattern.has('SSS') ? 'iso' : 'injection',
    forward(raw, fail) {
      const text = requireText(raw, fail);
      const local = pattern.read(text);
      const instant = local === undefined ? undefined : inRange(local - offset);
      if (instant === undefined) return fail(`${shortText(text)} is not a ${kind} like ${pattern.text}`);
      return writeCanonical(kind, instant);
    },
    backward(canonical, fail) {
      const local = inRange(requireTime(kind, canonical, fail) + offset);
      return local === undefined ? fail('is not in the years 0001 to 9999') : pattern.write(local);
    },
  };
}

/** Where the pattern has no Z, `offset` must say whose clock a timestamp's text is of. */
function offsetOf(part: Part, kind: CalendarKind, pattern: Pattern): number {
  const written = part.find('offset');
  const isNeeded = kind === 'timestamp' && !pattern.has('Z');
  if (written === undefined) {
    if (isNeeded)
      part.fail("say 'offset: Z' when these times are in UTC, or offset: '+01:00'; or make it a datetime");
    return 0;
  }
  if (!isNeeded) written.fail('is for a timestamp whose format has no Z');
  return offsetMs(written.text()) ?? written.fail("must be Z or like '+01:00'");
}

function epochToTime(part: Part, unitMs: number): Conversion {
  part.members(SETTINGS);
  const name = unitMs === 1 ? 'milliseconds' : 'seconds';
  return {
    class: unitMs === 1 ? 'iso' : 'injection',
    forward(raw, fail) {
      const decimal = requireNumber(raw, fail);
      const instant = isInteger(decimal) ? inRange(Number(decimalText(decimal)) * unitMs) : undefined;
      if (instant === undefined)
        return fail(`${shortText(raw!)} is not a whole number of ${name} in the years 0001 to 9999`);
      return writeCanonical('timestamp', instant);
    },
    backward(canonical, fail) {
      const instant = requireTime('timestamp', canonical, fail);
      return instant % unitMs === 0
        ? JsonNumber.of(instant / unitMs)
        : fail(`is not a whole number of ${name}`);
    },
  };
}

function requireText(value: Value, fail: Fail): string {
  return typeof value === 'string' ? value : fail(`must be a string, not ${kindOf(value)}`);
}

function requireNumber(value: Value, fail: Fail): Decimal {
  return value instanceof JsonNumber
    ? decimalOf(value.text)!
    : fail(`must be a number, not ${kindOf(value)}`);
}

function requireTime(kind: CalendarKind, value: Value, fail: Fail): Instant {
  const text = requireText(value, fail);
  return readCanonical(kind, text) ?? fail(`${shortText(text)} is not a canonical ${kind}`);
}
