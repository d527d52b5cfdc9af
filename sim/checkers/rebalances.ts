/** C5: once everything is healed, every group has one generation in which each partition has an owner and all are in it. */
import type { GroupFacts } from '../history/group-facts.ts';
import type { CheckerKind } from './checker.ts';

export const rebalances: CheckerKind = {
  promises: ['C5'],
  make: () => ({ name: 'rebalances' }),
};

/** A member of either protocol, as far as it was told. */
export interface Standing {
  readonly generationId: number;
  readonly owns: Iterable<number>;
}

/** The group as text while it is not settled; '' once it is. */
export function unsettled(group: GroupFacts, members: readonly Standing[], partitions: number): string {
  const generations = new Set(members.map(({ generationId }) => generationId));
  const owned = new Set(members.flatMap(({ owns }) => [...owns]));
  return generations.size === 1 && !generations.has(-1) && owned.size === partitions
    ? ''
    : `group ${group.name}: ${members.join('; ')}`;
}
