/** I2, I3: a batch that is sent again is answered with the offset of the first time. */
import type { CheckerKind } from './checker.ts';

export const duplicates: CheckerKind = {
  promises: ['I2', 'I3'],
  make(violated) {
    return {
      name: 'duplicates',
      acknowledged(batch, _attempt, baseOffset) {
        const { acknowledged, kind, log, producer } = batch;
        if (kind !== 'idempotent' || baseOffset < 0 || acknowledged === undefined || acknowledged < 0) return;
        if (acknowledged !== baseOffset)
          violated(
            `I2: ${log.name}: a batch of ${producer} was at ${acknowledged}, its copy is told ${baseOffset}`,
          );
      },
    };
  },
};
