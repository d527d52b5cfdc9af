/**
 * ListGroups: v0-v5.
 *
 * Behaviour: the groups of this broker; an error while some of them are being loaded.
 * Version notes: v4 by state (KIP-518); v5 by type (KIP-848).
 */
import { errorCode, KafkaError, listGroupsApi } from '../../protocol/index.ts';
import { handler } from '../handler.ts';

export const listGroups = handler(
  listGroupsApi,
  [0, 5],
  ['groups'],
  async (broker, request) => {
    try {
      return { errorCode: 0, groups: await broker.groups.listGroups(request) };
    } catch (error) {
      return { errorCode: errorCode(error), groups: [] };
    }
  },
  { refuse: (_request, error) => ({ errorCode: errorCode(new KafkaError(error)), groups: [] }) },
);
