/**
 * Calendar: dates and times as canonical text, and in other people's spellings. Proleptic Gregorian, years 0001 to 9999.
 *
 *   date        2001-01-31
 *   datetime    2001-01-31T09:05:00      local: whose clock it is stands nowhere
 *   timestamp   2001-01-31T09:05:00Z     always UTC; .5 or .123 behind the seconds when they are not whole
 *
 * A pattern is made of YYYY, MM, M, DD, D, HH, H, mm, ss, SSS and Z (`Z` or ±HH:mm); all else stands for itself. Names of
 * time zones are not known here: their rules change, and what was canonical yesterday would be something else tomorrow.
 */

export const KINDS = ['date', 'datetime', 'timestamp'] as const;
export type CalendarKind = (typeof KINDS)[number];

/** Milliseconds since 1970-01-01T00:00:00, of whichever clock. */
export type Instant = number;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
export const INSTANT_MIN: Instant = Date.UTC(2000, 0, 1) - 730_119 * DAY_MS; // 0001-01-01
export const INSTANT_MAX: Instant = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const CANONICAL: Readonly<Record<CalendarKind, RegExp>> = {
  date: /^(\d{4})-(\d\d)-(\d\d)$/,
  datetime: /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{0,2}[1-9]))?$/,
  timestamp: /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{0,2}[1-9]))?Z$/,
};

/** Undefined when the text is not canonical, or no day of the calendar. */
export function readCanonical(kind: CalendarKind, text: string): Instant | undefined {
  const found = CANONICAL[kind].exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction] = found;
  return instantOf(
    Number(year),
    Number(month),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    fraction === undefined ? 0 : Number(fraction.padEnd(3, '0')),
  );
}

export function writeCanonical(kind: CalendarKind, instant: Instant): string {
  const text = new Date(instant).toISOString(); // years 0001 to 9999: four digits
  if (kind === 'date') return text.slice(0, 10);
  const fraction = text.slice(20, 23).replace(/0+$/, '');
  return `${text.slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}${kind === 'timestamp' ? 'Z' : ''}`;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function instantOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  millisecond: number,
): Instant | undefined {
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59)
    return undefined;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && isLeap ? 29 : DAYS[month - 1]!;
  if (day > days) return undefined;
  const time = ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
  return new Date(0).setUTCFullYear(year, month - 1, day) + time;
}

type Token = 'YYYY' | 'MM' | 'M' | 'DD' | 'D' | 'HH' | 'H' | 'mm' | 'ss' | 'SSS' | 'Z';
const TOKENS = /YYYY|MM|M|DD|D|HH|H|mm|ss|SSS|Z/g;
const DIGITS: Readonly<Record<Token, string>> = {
  YYYY: '(\\d{4})',
  MM: '(\\d\\d)',
  M: '([1-9]\\d?)',
  DD: '(\\d\\d)',
  D: '([1-9]\\d?)',
  HH: '(\\d\\d)',
  H: '(0|[1-9]\\d?)',
  mm: '(\\d\\d)',
  ss: '(\\d\\d)',
  SSS: '(\\d{3})',
  Z: '(Z|[+-]\\d\\d:\\d\\d)',
};

export class Pattern {
  readonly text: string;
  readonly #tokens: readonly Token[];
  readonly #expression: RegExp;

  constructor(text: string) {
    this.text = text;
    this.#tokens = [...text.matchAll(TOKENS)].map(([token]) => token as Token);
    const literals = text.split(TOKENS).map((literal) => literal.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
    this.#expression = new RegExp(
      `^${literals.map((literal, n) => literal + (DIGITS[this.#tokens[n]!] ?? '')).join('')}$`,
    );
  }

  has(token: Token): boolean {
    return this.#tokens.includes(token);
  }

  /** What is missing or too much in it for such a value; undefined: nothing. */
  problemFor(kind: CalendarKind): string | undefined {
    const unit = (token: Token) => ({ M: 'MM', D: 'DD', H: 'HH' })[token as 'M'] ?? token;
    const units = this.#tokens.map(unit);
    if (new Set(units).size < units.length) return `'${this.text}' says something twice`;
    const needed = ['YYYY', 'MM', 'DD', ...(kind === 'date' ? [] : ['HH', 'mm'])];
    const missing = needed.find((token) => !units.includes(token));
    if (missing !== undefined) return `'${this.text}' has no ${missing}, which a ${kind} needs`;
    if (kind === 'date' && units.some((token) => !needed.includes(token)))
      return `'${this.text}' has a time, a date has none`;
    if (units.includes('SSS') && !units.includes('ss')) return `'${this.text}' has SSS without ss`;
    if (kind === 'datetime' && units.includes('Z'))
      return `'${this.text}' has Z: a datetime is local, use timestamp`;
    return undefined;
  }

  /** Undefined when the text is not of this pattern, or no day of the calendar. With Z in the pattern: in UTC. */
  read(text: string): Instant | undefined {
    const found = this.#expression.exec(text);
    if (found === null) return undefined;
    const parts = new Map(this.#tokens.map((token, n) => [token, found[n + 1]!]));
    const number = (...tokens: Token[]) =>
      Number(tokens.map((token) => parts.get(token)).find((part) => part !== undefined) ?? 0);
    const local = instantOf(
      number('YYYY'),
      number('MM', 'M'),
      number('DD', 'D'),
      number('HH', 'H'),
      number('mm'),
      number('ss'),
      number('SSS'),
    );
    const offset = offsetMs(parts.get('Z') ?? 'Z');
    return local === undefined || offset === undefined ? undefined : inRange(local - offset);
  }

  write(instant: Instant): string {
    const iso = new Date(instant).toISOString();
    const part: Readonly<Record<Token, string>> = {
      YYYY: iso.slice(0, 4),
      MM: iso.slice(5, 7),
      M: String(Number(iso.slice(5, 7))),
      DD: iso.slice(8, 10),
      D: String(Number(iso.slice(8, 10))),
      HH: iso.slice(11, 13),
      H: String(Number(iso.slice(11, 13))),
      mm: iso.slice(14, 16),
      ss: iso.slice(17, 19),
      SSS: iso.slice(20, 23),
      Z: 'Z',
    };
    return this.text.replaceAll(TOKENS, (token) => part[token as Token]);
  }
}

/** `Z`, `+01:00`; undefined: no such offset. */
export function offsetMs(text: string): number | undefined {
  if (text === 'Z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(text) ?? [];
  if (sign === undefined || Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
}

/** Undefined when it is not in the years 0001 to 9999. */
export function inRange(instant: Instant): Instant | undefined {
  return instant >= INSTANT_MIN && instant <= INSTANT_MAX ? instant : undefined;
}
