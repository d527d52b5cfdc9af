/**
 * SyncGroup: v0–v5.
 *
 * Behaviour: followers are parked until the leader's request brings all assignments; answered when they are durable.
 * Version notes: v3 static members (KIP-345); v5 protocol type and name must match (KIP-559).
 */
import { errorCode, KafkaError, syncGroupApi } from '../../protocol/index.ts';
import { refused } from '../../groups/index.ts';
import { handler } from '../handler.ts';

export const syncGroup = handler(
  syncGroupApi,
  [0, 5],
  ['groups'],
  (broker, request) => broker.groups.syncGroup(request),
  {
    refuse: (_request, error) => refused.sync(errorCode(new KafkaError(error))),
  },
);
