/**
 * K6, D6: DeleteRecords is durable, and the log never begins later than somebody asked for. What retention may take besides:
 * retention.ts.
 */
import type { CheckerKind } from './checker.ts';

export const logStart: CheckerKind = {
  promises: ['K6', 'D6'],
  make(violated) {
    return {
      name: 'log start',
      read({ log, reader, logStartOffset }) {
        if (logStartOffset > log.mayStartAt && !log.mayExpire)
          violated(
            `D6: ${log.name}: ${reader} sees a log start of ${logStartOffset}, nobody asked for more than ${log.mayStartAt}`,
          );
      },
      finished({ logs }) {
        for (const { log, logStartOffset } of logs)
          if (logStartOffset < log.logStartOffset)
            violated(`K6: ${log.name}: begins at ${logStartOffset}, began at ${log.logStartOffset} before`);
      },
    };
  },
};
