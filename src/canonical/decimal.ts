/**
 * Decimal: numbers of JSON as what they are, exact decimals. Nothing here goes through a double.
 *
 *   value = ±digits × 10^exponent      digits without zeros at either end; zero is '0' × 10^0
 *
 * The normal form is the text that ECMAScript (and so RFC 8785) prints for a double of that value; a number with more
 * digits than a double keeps them all: 1.10 -> 1.1, 1E5 -> 100000, -0 -> 0, 9007199254740993 stays.
 */

export interface Decimal {
  readonly isNegative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

/** As many digits as arithmetic takes; more is refused where it is tried, never rounded. */
export const ARITHMETIC_DIGITS_MAX = 1000;
export const EXPONENT_MAX = 999_999;
const ZERO: Decimal = { isNegative: false, digits: '0', exponent: 0 };
/** Most numbers are in normal form already, and are seen to be without taking them apart. */
const IS_NORMAL = /^(?:0|-?[1-9]\d{0,14}|-?(?:[1-9]\d{0,14}|0)\.\d{0,4}[1-9])$/;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** The normal form of a JSON number; undefined when its exponent is beyond ±999,999. */
export function normalNumber(text: string): string | undefined {
  if (IS_NORMAL.test(text)) return text;
  const decimal = decimalOf(text);
  return decimal === undefined ? undefined : decimalText(decimal);
}

/** Takes JSON's grammar, and leading zeros. Undefined: not a number, or its exponent is out of bounds. */
export function decimalOf(text: string): Decimal | undefined {
  const [, sign, whole, fraction = '', power = '0'] = NUMBER.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const exponent = Number(power);
  if (Math.abs(exponent) > EXPONENT_MAX) return undefined;
  return normal(sign === '-', whole + fraction, exponent - fraction.length);
}

function normal(isNegative: boolean, text: string, exponent: number): Decimal {
  const digits = text.replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  if (short === '') return ZERO;
  return { isNegative, digits: short, exponent: exponent + digits.length - short.length };
}

/** ECMAScript's Number::toString, for any number of digits. */
export function decimalText({ isNegative, digits, exponent }: Decimal): string {
  const sign = isNegative ? '-' : '';
  const point = digits.length + exponent; // the decimal point stands behind so many digits
  if (digits === '0') return '0';
  if (exponent >= 0 && point <= 21) return sign + digits + '0'.repeat(exponent);
  if (point > 0 && point <= 21) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  if (point > -6 && point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const rest = digits.length === 1 ? '' : `.${digits.slice(1)}`;
  return `${sign}${digits[0]}${rest}e${point > 0 ? '+' : '-'}${Math.abs(point - 1)}`;
}

/** Negative, zero or positive, as `left` is below, equal to or above `right`. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  if (left.digits === '0' || right.digits === '0' || left.isNegative !== right.isNegative)
    return signOf(left) - signOf(right);
  const larger = left.isNegative ? -1 : 1;
  const points = left.digits.length + left.exponent - (right.digits.length + right.exponent);
  if (points !== 0) return Math.sign(points) * larger;
  if (left.digits === right.digits) return 0;
  return left.digits < right.digits ? -larger : larger;
}

function signOf({ isNegative, digits }: Decimal): number {
  return digits === '0' ? 0 : isNegative ? -1 : 1;
}

export function isInteger({ exponent }: Decimal): boolean {
  return exponent >= 0;
}

/** Plain digits with exactly `scale` of them behind the point; undefined when that would round. */
export function fixedText({ isNegative, digits, exponent }: Decimal, scale: number): string | undefined {
  if (exponent < -scale || exponent > ARITHMETIC_DIGITS_MAX) return undefined;
  const all = (digits === '0' ? '0' : digits + '0'.repeat(exponent + scale)).padStart(scale + 1, '0');
  const whole = all.slice(0, all.length - scale);
  return `${isNegative ? '-' : ''}${whole}${scale === 0 ? '' : `.${all.slice(all.length - scale)}`}`;
}

/** A fraction of two positive whole numbers. */
export interface Ratio {
  readonly over: bigint;
  readonly under: bigint;
}

/** Undefined when the result has no finite decimal, or more digits than arithmetic takes. */
export type Scale = (value: Decimal) => Decimal | undefined;

/** Multiplies by `ratio`, exactly. */
export function scaleBy({ over, under }: Ratio): Scale {
  const [twos, withoutTwos] = strip(under, 2n);
  const [fives, others] = strip(withoutTwos, 5n);
  const shift = Math.max(twos, fives);
  const factor = (over * 10n ** BigInt(shift)) / (under / others);
  return (value) => {
    const { isNegative, digits, exponent } = value;
    if (digits.length > ARITHMETIC_DIGITS_MAX) return undefined;
    if (factor === 1n && others === 1n)
      return digits === '0' ? value : { isNegative, digits, exponent: exponent - shift };
    const product = BigInt(digits) * factor;
    return product % others === 0n
      ? normal(isNegative, String(product / others), exponent - shift)
      : undefined;
  };
}

/** How often `factor` divides `number`, and what is left. */
function strip(number: bigint, factor: bigint): [times: number, left: bigint] {
  let times = 0;
  let left = number;
  for (; left % factor === 0n; left /= factor) times++;
  return [times, left];
}

/** Whether every decimal × ratio is a finite decimal. */
export function hasFiniteResults({ over, under }: Ratio): boolean {
  return over % strip(strip(under, 2n)[1], 5n)[1] === 0n;
}

/** left + right; undefined when they are too far apart for arithmetic. */
export function added(left: Decimal, right: Decimal): Decimal | undefined {
  if (right.digits === '0') return left;
  const exponent = Math.min(left.exponent, right.exponent);
  const width = (value: Decimal) => value.digits.length + value.exponent - exponent;
  if (Math.max(width(left), width(right)) > ARITHMETIC_DIGITS_MAX) return undefined;
  const sum = wholeAt(left, exponent) + wholeAt(right, exponent);
  return normal(sum < 0n, String(sum < 0n ? -sum : sum), exponent);
}

function wholeAt({ isNegative, digits, exponent }: Decimal, unit: number): bigint {
  const whole = BigInt(digits) * 10n ** BigInt(exponent - unit);
  return isNegative ? -whole : whole;
}

export function negated(value: Decimal): Decimal {
  return value.digits === '0' ? value : { ...value, isNegative: !value.isNegative };
}
