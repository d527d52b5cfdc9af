/**
 * WhyText: what a broker refused, for people: who and when, what, why, and what to do.
 *
 *   2026-11-28 12:03:11  INVALID_RECORD  orders-0  3 times since 12:01:40
 *     aiokafka-0.14 at 127.0.0.1, Produce v7
 *     record 1 does not fit gregor.schema: /id is missing
 *     -> Mend what the producer sends, or ...
 */
import type { RefusalEntry, RefusalReport } from '../../server/index.ts';

const QUIET = 'Nothing was refused since the broker started.\n';

/** The newest last, where a terminal shows it. */
export function whyText({ refusals, notLookedAt }: RefusalReport, isFiltered: boolean): string {
  const blocks = [...refusals].reverse().map(blockOf);
  if (blocks.length === 0)
    return isFiltered ? 'Nothing like that was refused since the broker started.\n' : QUIET;
  const more =
    notLookedAt > 0
      ? `\n${notLookedAt} more answers held errors and were not looked at: too many in a second.\n`
      : '';
  return `${blocks.join('\n')}${more}`;
}

function blockOf({
  at,
  since,
  count,
  error,
  topic,
  partition,
  clientId,
  address,
  api,
  reason,
  advice,
}: RefusalEntry): string {
  const place = topic === undefined ? '' : `  ${topic}${partition === undefined ? '' : `-${partition}`}`;
  const often = count === 1 ? '' : `  ${count} times since ${timeText(since)}`;
  const who = `${clientId === null || clientId === '' ? 'a client' : clientId} at ${address}`;
  const lines = [
    `${timeText(at)}  ${error}${place}${often}`,
    `  ${who}${api === undefined ? '' : `, ${api}`}`,
    `  ${reason}`,
    `  → ${advice}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Local, to the second. */
function timeText(ms: number): string {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}
