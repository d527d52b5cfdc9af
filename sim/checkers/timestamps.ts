/** O6: ListOffsets by timestamp gives the first record at or after it. */
import { isTombstone } from '../client/values.ts';
import type { FinalLog } from '../history/final-look.ts';
import type { CheckerKind } from './checker.ts';

const QUESTIONS = 4;

/**
 * Compaction takes records out of segments while memory has them still, so a reader and a search by time may differ for a while:
 * what was told reaches the time, read or once acknowledged there, and all that was read before it and does may be gone.
 */
function isLeft({ log, records }: FinalLog, asked: number, told: number): boolean {
  const reaching = records.filter(({ timestamp }) => timestamp >= asked);
  const once = log.records[told]?.timestamp ?? -1;
  if (once < asked && !reaching.some(({ offset }) => offset === told)) return false;
  const newest = new Map(records.map(({ key, offset }) => [key, offset]));
  return reaching.every(
    ({ offset, key, value, fate }) =>
      offset >= told ||
      fate === 'aborted' ||
      fate === 'marker' ||
      newest.get(key)! > offset ||
      isTombstone(value),
  );
}

export const timestamps: CheckerKind = {
  promises: ['O6'],
  make(violated) {
    return {
      name: 'timestamps',
      async finished({ logs, offsetFor, startOf }) {
        for (const seen of logs) {
          const { log, logStartOffset, records } = seen;
          for (let n = 0; n <= QUESTIONS && records.length > 0; n++) {
            const near = records[Math.min(records.length - 1, Math.floor((records.length * n) / QUESTIONS))]!;
            const asked = near.timestamp + (n % 3) - 1;
            const expected = records.find(({ timestamp }) => timestamp >= asked)?.offset ?? -1;
            const told = await offsetFor(log, asked);
            if (told === expected || (log.isCompacted && isLeft(seen, asked, told))) continue;
            // Retention may have come between.
            const isAsRead = !log.mayExpire || (await startOf(log)) === logStartOffset;
            if (isAsRead) violated(`O6: ${log.name}: offset for ${asked} is ${expected}, told ${told}`);
          }
        }
      },
    };
  },
};
