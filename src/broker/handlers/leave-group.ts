/**
 * LeaveGroup: v0-v5.
 *
 * Behaviour: the others are called to a rebalance at once.
 * Version notes: v3 any number of members, static ones also by instance id alone (KIP-345); v5 a reason (KIP-800).
 */
import { errorCode, KafkaError, leaveGroupApi } from '../../protocol/index.ts';
import { refused } from '../../groups/index.ts';
import { handler } from '../handler.ts';

export const leaveGroup = handler(
  leaveGroupApi,
  [0, 5],
  ['groups'],
  (broker, request, { version }) => broker.groups.leaveGroup(request, version),
  { refuse: (_request, error) => refused.leave(errorCode(new KafkaError(error))) },
);
