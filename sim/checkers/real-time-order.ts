/** O4: what is sent after something was acknowledged stands behind it. */
import type { CheckerKind } from './checker.ts';

export const realTimeOrder: CheckerKind = {
  promises: ['O4'],
  make(violated) {
    return {
      name: 'real-time order',
      acknowledged({ log, producer, attempts }, _attempt, baseOffset) {
        const { acknowledgedBefore } = attempts[0]!;
        if (baseOffset >= 0 && baseOffset < acknowledgedBefore)
          violated(
            `O4: ${log.name}: ${producer} got ${baseOffset}, sent after ${acknowledgedBefore - 1} was acknowledged`,
          );
      },
    };
  },
};
