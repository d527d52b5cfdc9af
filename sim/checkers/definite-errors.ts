/** D4: what was refused with an error that is called definite is not in the log, and never will be. */
import type { CheckerKind } from './checker.ts';
import { short } from './offsets.ts';

export const definiteErrors: CheckerKind = {
  promises: ['D4'],
  make(violated) {
    return {
      name: 'definite errors',
      read({ log, batches }) {
        for (const { records } of batches)
          for (const { offset, value } of records)
            if (log.sent.get(value)?.attempts.every(({ outcome }) => outcome === 'definite'))
              violated(`D4: ${log.name} @${offset}: '${short(value)}' was refused for good, and is there`);
      },
    };
  },
};
