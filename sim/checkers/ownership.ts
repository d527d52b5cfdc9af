/** C1: in one generation of a group a partition has one owner. */
import type { CheckerKind } from './checker.ts';

export const ownership: CheckerKind = {
  promises: ['C1'],
  make(violated) {
    return {
      name: 'ownership',
      generation(group, { generationId, memberId, owns }) {
        // A group that a member of the other protocol finds empty begins anew, with its generations.
        if (group.kind === 'mixed') return;
        const owners = group.owners.get(generationId) ?? new Map<string, string>();
        group.owners.set(generationId, owners);
        for (const partition of owns) {
          const owner = owners.get(partition) ?? memberId;
          owners.set(partition, owner);
          if (owner !== memberId)
            violated(
              `C1: ${group.name}, generation ${generationId}: ${partition} belongs to ${owner} and ${memberId}`,
            );
        }
      },
      committed(group, commit) {
        if (commit.outcome !== 'committed') return;
        // Members of a consumer group go from one epoch to the next at their own pace.
        const isOld =
          group.kind === 'classic' ? commit.generationId < commit.generationBefore : commit.isTooLate;
        if (isOld)
          violated(
            `C1: ${group.name} (${group.kind}): ${commit.memberId} in generation ${commit.generationId} committed ${commit.partition} after ${commit.generationBefore} was told, where it is ${group.lastOwners.get(commit.partition)?.memberId}’s`,
          );
      },
    };
  },
};
