/** C6: a broker that stood still, or whose wall clock jumped, throws nobody out who goes on sending heartbeats. */
import type { CheckerKind } from './checker.ts';

export const stalls: CheckerKind = {
  promises: ['C6'],
  make(violated) {
    let isOnlyStalls = false;
    return {
      name: 'stalls',
      watch(_sim, process) {
        // With other faults a session may end for good reasons.
        isOnlyStalls = [...process.faults].every((fault) => fault === 'stalls' || fault === 'clock jumps');
      },
      expelled(group, member) {
        if (isOnlyStalls && !group.isRestless)
          violated(`C6: ${group.name}: ${member} was thrown out by a stall`);
      },
    };
  },
};
