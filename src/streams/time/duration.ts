/** Duration: how people write a length of time, '200ms', '30s', '5m', '24h', '7d', or milliseconds as a number. */
import { PlanError } from '../plan-error.ts';

export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `what`: the option, for the error. */
export function durationMs(duration: Duration, what: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(duration)) ?? [];
  const ms = typeof duration === 'number' ? duration : Number(digits) * UNIT_MS[unit ?? 'ms']!;
  if (!Number.isFinite(ms) || ms < 0)
    throw new PlanError(`${what}: '${duration}' is no duration; write '30s', '5m', '24h' or milliseconds`);
  return ms;
}

export function durationText(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'])
    if (ms >= UNIT_MS[unit]! && ms % UNIT_MS[unit]! === 0) return `${ms / UNIT_MS[unit]!}${unit}`;
  return `${ms}ms`;
}
