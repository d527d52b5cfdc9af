/**
 * ConsumerGroupDescribe: v0-v1 (KIP-848).
 *
 * Behaviour: groups of the consumer protocol only; any other is GROUP_ID_NOT_FOUND, and clients turn to DescribeGroups.
 * Version notes: v1 tells which members speak the classic protocol (KIP-1099).
 */
import { consumerGroupDescribeApi, errorCode, KafkaError } from '../../protocol/index.ts';
import { refused } from '../../groups/index.ts';
import { groupOperations } from '../authorized-operations.ts';
import { firsts } from '../duplicates.ts';
import { handler } from '../handler.ts';

export const consumerGroupDescribe = handler(
  consumerGroupDescribeApi,
  [0, 1],
  ['groups'],
  async (broker, request) => {
    const groups = await Promise.all(
      request.groupIds.filter(firsts()).map((groupId) => broker.groups.describeConsumerGroup(groupId)),
    );
    return { groups: request.includeAuthorizedOperations ? groups.map(groupOperations) : groups };
  },
  {
    refuse: (request, error) => ({
      groups: request.groupIds.map((groupId) =>
        refused.describeConsumer(groupId, errorCode(new KafkaError(error))),
      ),
    }),
  },
);
