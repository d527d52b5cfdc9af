/** V4, V2: nothing that a client sends and no full disk ends the broker. Only an error of the disk may. */
import type { CheckerKind } from './checker.ts';

export const survival: CheckerKind = {
  promises: ['V4', 'V2'],
  make(violated) {
    return {
      name: 'survival',
      watch(_sim, process) {
        process.onEnded = (error, hadDiskError) => {
          if (!hadDiskError) violated(`V4: the broker ended itself: ${String(error)}`);
        };
      },
    };
  },
};
