/**
 * SyncGroup: v0-v5.
 *
 * Behaviour: followers are parked until the leader's request brings all assignments; answered when they are durable.
 * Version notes: v3 static members (KIP-345); v5 protocol type and name must be there, and match (KIP-559).
 */
import { errorCode, KafkaError, type SyncGroupRequest, syncGroupApi } from '../../protocol/index.ts';
import { refused } from '../../groups/index.ts';
import { handler } from '../handler.ts';

const PROTOCOL_NAMED_SINCE = 5;

export const syncGroup = handler(
  syncGroupApi,
  [0, 5],
  ['groups'],
  async (broker, request, { version }) => {
    if (version >= PROTOCOL_NAMED_SINCE && !namesItsProtocol(request))
      return refused.sync(errorCode(new KafkaError('INCONSISTENT_GROUP_PROTOCOL')));
    return broker.groups.syncGroup(request);
  },
  {
    refuse: (_request, error) => refused.sync(errorCode(new KafkaError(error))),
  },
);

function namesItsProtocol({ protocolType, protocolName }: SyncGroupRequest): boolean {
  return protocolType !== null && protocolName !== null;
}
