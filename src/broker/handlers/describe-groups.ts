/**
 * DescribeGroups: v0-v6.
 *
 * Behaviour: subscriptions and assignments are shown while a group is Stable. A group that does not exist is Dead.
 * Version notes: v3 what the asker may do; v4 static members; v6 a missing group is an error (KIP-1043).
 */
import { describeGroupsApi, errorCode, KafkaError } from '../../protocol/index.ts';
import { refused } from '../../groups/index.ts';
import { groupOperations } from '../authorized-operations.ts';
import { firsts } from '../duplicates.ts';
import { handler } from '../handler.ts';

export const describeGroups = handler(
  describeGroupsApi,
  [0, 6],
  ['groups'],
  async (broker, request, { version }) => {
    const groups = await Promise.all(
      request.groups.filter(firsts()).map((groupId) => broker.groups.describeGroup(groupId, version)),
    );
    return { groups: request.includeAuthorizedOperations ? groups.map(groupOperations) : groups };
  },
  {
    refuse: (request, error) => ({
      groups: request.groups.map((groupId) => refused.describe(groupId, errorCode(new KafkaError(error)))),
    }),
  },
);
