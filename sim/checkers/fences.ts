/**
 * T4, T7: once a younger producer has been told that it is the one, nothing of an older one takes effect: no batch gets into
 * the log, no end is carried out. That holds for late copies of a producer's own requests too.
 */
import type { CheckerKind } from './checker.ts';
import { short } from './offsets.ts';

export const fences: CheckerKind = {
  promises: ['T4', 'T7'],
  make(violated) {
    return {
      name: 'fences',
      acknowledged({ log, transaction, values }, { isFenced }, baseOffset) {
        if (isFenced)
          violated(
            `T7: ${log.name} @${baseOffset}: '${short(values[0]!)}' of ${transaction} was taken after ${transaction!.id.youngest.producerEpoch} had been told`,
          );
      },
      ended(transaction) {
        if (transaction.isAskedLate)
          violated(
            `T7: ${transaction} was ended after epoch ${transaction.id.youngest.producerEpoch} had been told`,
          );
      },
      finished({ logs }) {
        for (const { records, log } of logs)
          for (const { offset, value } of records) {
            const batch = log.sent.get(value);
            if (batch?.transaction !== undefined && batch.attempts.every(({ isFenced }) => isFenced))
              violated(
                `T7: ${log.name} @${offset}: '${short(value)}' was only sent when its producer was fenced`,
              );
          }
      },
    };
  },
};
