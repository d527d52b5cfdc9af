/** O6: ListOffsets by timestamp gives the first record at or after it. */
import type { CheckerKind } from './checker.ts';

const QUESTIONS = 4;

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
            // Retention may have come between.
            const isAsRead = !log.mayExpire || (await startOf(log)) === logStartOffset;
            if (told !== expected && isAsRead)
              violated(`O6: ${log.name}: offset for ${asked} is ${expected}, told ${told}`);
          }
      },
    };
  },
};
