/** V3: batches in memory stay below their named limit, and what one turn of all clients may bring beyond it. */
import type { CheckerKind } from './checker.ts';

const LOOK_MS = 50;
/** Requests that are under way when the limit is reached: a few clients with a few small batches each. */
const ONE_TURN_BYTES = 512 * 1024;

export const memory: CheckerKind = {
  promises: ['V3'],
  make(violated) {
    return {
      name: 'memory',
      watch(sim, process) {
        const look = () => {
          let bytes = 0;
          for (const { tail } of process.server?.broker.partitions.all() ?? []) bytes += tail.bytes;
          if (bytes > process.limits.tailBytes + ONE_TURN_BYTES)
            violated(`V3: ${bytes} bytes of batches in memory, the limit is ${process.limits.tailBytes}`);
          sim.clock.after(LOOK_MS, look);
        };
        look();
      },
    };
  },
};
