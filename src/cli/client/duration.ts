/** Durations as people write them: `90s`, `15m`, `2h`, `1d`, `1h30m`, and ISO 8601: `PT1H30M`, `P1DT2H`. */
import { usageError } from '../exit-codes.ts';

const UNITS_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };
const SHAPE = /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?$/;

/** Milliseconds. */
export function parseDuration(text: string, option: string): number {
  const plain = text
    .toLowerCase()
    .replace(/^p(?=.)/, '')
    .replace('t', '');
  const found = plain === '' ? null : SHAPE.exec(plain);
  if (found === null)
    throw usageError(`${option} ${text}: that is no duration such as 90s, 15m, 2h, 1d or PT1H30M`);
  return Object.values(UNITS_MS).reduce((sum, unit, i) => sum + Number(found[i + 1] ?? 0) * unit, 0);
}
