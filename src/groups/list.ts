/** ListGroups: v0-v5. Groups by state (v4, KIP-518) and type (v5, KIP-848); names compare without case. */
import type { ListGroupsResponse } from '../protocol/index.ts';
import type { Group } from './group.ts';

export type ListedGroup = ListGroupsResponse['groups'][number];
/** Empty: no restriction. */
export interface GroupFilter {
  readonly statesFilter: readonly string[];
  readonly typesFilter: readonly string[];
}

export function listed(groups: Iterable<Group>, { statesFilter, typesFilter }: GroupFilter): ListedGroup[] {
  const states = new Set(statesFilter.map((state) => state.toLowerCase()));
  const types = new Set(typesFilter.map((type) => type.toLowerCase()));
  const found: ListedGroup[] = [];
  for (const { groupId, protocolType, state, type } of groups)
    if ((states.size === 0 || states.has(state.toLowerCase())) && (types.size === 0 || types.has(type)))
      found.push({ groupId, protocolType: protocolType ?? '', groupState: state, groupType: type });
  return found;
}
