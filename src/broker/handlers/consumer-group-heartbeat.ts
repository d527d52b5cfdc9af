/**
 * ConsumerGroupHeartbeat: v0-v1 (KIP-848).
 *
 * Behaviour: joining (epoch 0), living and leaving (-1, -2) in one request; answered when what it changed is durable.
 * Version notes: v0 a member without an id is given one; v1 members choose their own (KIP-1082), regular expressions.
 */
import { consumerGroupHeartbeatApi, errorCode, KafkaError } from '../../protocol/index.ts';
import { refused } from '../../groups/index.ts';
import { clientHost } from '../client-host.ts';
import { handler } from '../handler.ts';

export const consumerGroupHeartbeat = handler(
  consumerGroupHeartbeatApi,
  [0, 1],
  ['groups'],
  (broker, request, { version, clientId, remote }) =>
    broker.groups.consumerGroupHeartbeat(request, {
      version,
      clientId: clientId ?? '',
      clientHost: clientHost(remote),
    }),
  { refuse: (_request, error) => refused.consumerHeartbeat(errorCode(new KafkaError(error))) },
);
