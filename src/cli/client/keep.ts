/**
 * Keep: how long a topic keeps its records, in words of people: `forever`, `30d`, `10GiB`, and as the settings that say so.
 */
import { usageError } from '../exit-codes.ts';
import { bytesText } from '../text.ts';

export interface KeepConfigs {
  readonly 'retention.ms': string;
  readonly 'retention.bytes': string;
}

export const KEEP_HELP = 'forever, a time (12h, 30d, 52w) or a size of each partition (10GiB)';
const FOR_EVER = '-1';
const DAY = 86_400_000;
const TIMES: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: DAY,
  w: 7 * DAY,
};
const SIZES: Readonly<Record<string, number>> = { kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 };

/** The settings for `--keep`; both are set, so that an earlier limit of the other kind does not remain. */
export function keepConfigs(text: string): KeepConfigs {
  if (text.toLowerCase() === 'forever') return { 'retention.ms': FOR_EVER, 'retention.bytes': FOR_EVER };
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text.trim()) ?? [];
  const time = TIMES[unit?.toLowerCase() ?? ''];
  const size = SIZES[unit?.toLowerCase() ?? ''];
  const amount = Math.floor(Number(digits) * (time ?? size ?? Number.NaN));
  if (!Number.isSafeInteger(amount) || amount < 1) throw usageError(`--keep ${text}: say ${KEEP_HELP}`);
  return time === undefined
    ? { 'retention.ms': FOR_EVER, 'retention.bytes': String(amount) }
    : { 'retention.ms': String(amount), 'retention.bytes': FOR_EVER };
}

/** What an acknowledgement is worth, where it is less than usual; undefined: it is synced before. */
export function flushText(configs: ReadonlyMap<string, string | null>): string | undefined {
  const mode = configs.get('gregor.flush') ?? 'ack';
  if (mode === 'ack') return undefined;
  const window = mode === 'interval' ? `, at most ${configs.get('gregor.flush.interval.ms')} ms of them` : '';
  return `acks do not wait for the sync (gregor.flush=${mode}): a power cut may lose the newest records${window}; kill -9 loses none`;
}

/** What a topic that deduplicates promises, and within what; undefined for all others. */
export function dedupeText(configs: ReadonlyMap<string, string | null>): string | undefined {
  const by = configs.get('gregor.dedupe.by') ?? 'none';
  if (by === 'none') return undefined;
  const time = timeText(Number(configs.get('gregor.dedupe.window.ms')));
  const count = Number(configs.get('gregor.dedupe.window.count'));
  const others = count < 0 ? '' : ` and ${count} other ids`;
  const missing =
    configs.get('gregor.dedupe.missing') === 'reject'
      ? 'refuses records without it'
      : 'keeps records without it';
  return `by ${by}, in each partition by itself, within ${time}${others}; ${missing}`;
}

/** One line for people about a topic with these settings. Never hides a limit that makes records go. */
export function keepText(configs: ReadonlyMap<string, string | null>): string {
  const policy = (configs.get('cleanup.policy') ?? 'delete').split(',').map((item) => item.trim());
  const lastOfEachKey = policy.includes('compact')
    ? 'the last record of each key (cleanup.policy)'
    : undefined;
  const limits = policy.includes('delete') ? limitsOf(configs) : [];
  if (limits.length === 0) return `keeps ${lastOfEachKey ?? 'everything, forever'}`;
  const what = lastOfEachKey === undefined ? '' : `${lastOfEachKey}, `;
  return `keeps ${what}${limits.join(' or ')}; --keep forever to make it a source of truth`;
}

function limitsOf(configs: ReadonlyMap<string, string | null>): string[] {
  const limits: string[] = [];
  const milliseconds = Number(configs.get('retention.ms') ?? FOR_EVER);
  const bytes = Number(configs.get('retention.bytes') ?? FOR_EVER);
  if (milliseconds >= 0) limits.push(`${timeText(milliseconds)} (retention.ms)`);
  if (bytes >= 0) limits.push(`${sizeText(bytes)} in each partition (retention.bytes)`);
  return limits;
}

/** In the largest unit that says it without a fraction, as it may have been typed. */
function sizeText(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB'])
    if (bytes > 0 && bytes % SIZES[unit.toLowerCase()]! === 0)
      return `${bytes / SIZES[unit.toLowerCase()]!} ${unit}`;
  return bytesText(bytes);
}

/** In the largest unit that says it without a fraction. */
function timeText(milliseconds: number): string {
  for (const [factor, name] of [
    [DAY, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ] as const)
    if (milliseconds >= factor && milliseconds % factor === 0) {
      const count = milliseconds / factor;
      return `${count} ${name}${count === 1 ? '' : 's'}`;
    }
  return `${milliseconds} ms`;
}
