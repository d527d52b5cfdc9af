/** O6: ListOffsets by timestamp gives the first record at or after it. */
import { isTombstone } from '../client/values.ts';
import type { FinalLog } from '../history/final-look.ts';
import type { CheckerKind } from './checker.ts';

const QUESTIONS = 4;

type Records = FinalLog['records'];

/**
 * What compaction took may still be read from memory, and is not found by its timestamp any more: `told` reaches it, and all
 * before it that do may be gone.
 */
function isLeft(records: Records, asked: number, told: number): boolean {
  const reaching = records.filter(({ timestamp }) => timestamp >= asked);
  if (!reaching.some(({ offset }) => offset === told)) return false;
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
        for (const { log, logStartOffset, records } of logs)
          for (let n = 0; n <= QUESTIONS && records.length > 0; n++) {
            const near = records[Math.min(records.length - 1, Math.floor((records.length * n) / QUESTIONS))]!;
            const asked = near.timestamp + (n % 3) - 1;
            const expected = records.find(({ timestamp }) => timestamp >= asked)?.offset ?? -1;
            const told = await offsetFor(log, asked);
            if (told === expected || (log.isCompacted && isLeft(records, asked, told))) continue;
            // Retention may have come between.
            const isAsRead = !log.mayExpire || (await startOf(log)) === logStartOffset;
            if (isAsRead) violated(`O6: ${log.name}: offset for ${asked} is ${expected}, told ${told}`);
          }
      },
    };
  },
};
