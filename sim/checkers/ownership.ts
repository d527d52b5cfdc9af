/** C1: in one generation of a group a partition has one owner. */
import type { CheckerKind } from './checker.ts';

export const ownership: CheckerKind = {
  promises: ['C1'],
  make(violated) {
    return {
      name: 'ownership',
      generation(group, { generationId, memberId, owns }) {
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
        if (commit.outcome === 'committed' && commit.generationId < commit.generationBefore)
          violated(
            `C1: ${group.name}: generation ${commit.generationId} committed ${commit.partition} after ${commit.generationBefore} was told`,
          );
      },
    };
  },
};
