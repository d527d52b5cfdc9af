/** O4: what is sent after something was acknowledged stands behind it. */
import type { CheckerKind } from './checker.ts';

export const realTimeOrder: CheckerKind = {
  promises: ['O4', 'D4'],
  make(violated) {
    return {
      name: 'real-time order',
      acknowledged({ log, producer, attempts }, attempt, baseOffset) {
        // What was refused for good wrote nothing: the batch was first sent after that (D4).
        const { acknowledgedBefore } = attempts.find(({ outcome }) => outcome !== 'definite') ?? attempt;
        if (baseOffset >= 0 && baseOffset < acknowledgedBefore && log.dedupe === undefined)
          violated(
            `O4: ${log.name}: ${producer} got ${baseOffset}, sent after ${acknowledgedBefore - 1} was acknowledged`,
          );
      },
    };
  },
};
