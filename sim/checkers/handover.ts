/**
 * C2: in the consumer protocol a partition is given to a member only when the one that had it has said that it gave it back,
 * or has not been heard for the time of a session.
 */
import type { CheckerKind } from './checker.ts';

export const handover: CheckerKind = {
  promises: ['C2'],
  make(violated) {
    return {
      name: 'handover',
      handed(group, { name }, partitions, atMs) {
        for (const other of group.holders) {
          if (other.name === name || atMs - other.heardAt >= other.sessionMs) continue;
          const partition = partitions.find((one) => other.owns.has(one));
          if (partition !== undefined)
            violated(
              `C2: ${group.name}: ${partition} was given to ${name}; ${other.name} works on it, and was heard ${Math.round(atMs - other.heardAt)} ms ago`,
            );
        }
      },
    };
  },
};
