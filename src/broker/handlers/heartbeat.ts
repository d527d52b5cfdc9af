/**
 * Heartbeat: v0-v4.
 *
 * Behaviour: keeps the session of a member alive; REBALANCE_IN_PROGRESS calls it to join again.
 * Version notes: v3 static members (KIP-345).
 */
import { errorCode, heartbeatApi, KafkaError } from '../../protocol/index.ts';
import { refused } from '../../groups/index.ts';
import { handler } from '../handler.ts';

export const heartbeat = handler(
  heartbeatApi,
  [0, 4],
  ['groups'],
  (broker, request) => broker.groups.heartbeat(request),
  {
    refuse: (_request, error) => refused.heartbeat(errorCode(new KafkaError(error))),
  },
);
