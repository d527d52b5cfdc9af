/**
 * DeleteGroups: v0-v3.
 *
 * Behaviour: groups without members go, with all their offsets; answered when that is durable.
 * Version notes: v3 the error in words.
 */
import { deleteGroupsApi, errorCode, KafkaError } from '../../protocol/index.ts';
import { refused } from '../../groups/index.ts';
import { handler } from '../handler.ts';

export const deleteGroups = handler(
  deleteGroupsApi,
  [0, 3],
  ['groups'],
  async (broker, request) => ({
    results: await Promise.all(request.groupsNames.map((groupId) => broker.groups.deleteGroup(groupId))),
  }),
  {
    refuse: (request, error) => ({
      results: request.groupsNames.map((groupId) =>
        refused.deleteGroup(groupId, errorCode(new KafkaError(error))),
      ),
    }),
  },
);
