/**
 * JoinGroup: v0-v9.
 *
 * Behaviour: parked until the join phase of the group ends; the leader's answer lists the members.
 * Version notes: v4 new members are given an id first (KIP-394); v5 static members (KIP-345); v7 the protocol name may be
 * null; v9 a returning static leader is told to skip the assignment (KIP-814).
 */
import { errorCode, joinGroupApi, KafkaError } from '../../protocol/index.ts';
import { refused } from '../../groups/index.ts';
import { clientHost } from '../client-host.ts';
import { handler } from '../handler.ts';

const NULL_PROTOCOL_SINCE = 7;

export const joinGroup = handler(
  joinGroupApi,
  [0, 9],
  ['groups'],
  async (broker, request, context) => {
    const client = {
      version: context.version,
      clientId: context.clientId ?? '',
      clientHost: clientHost(context.remote),
    };
    const answer = await broker.groups.joinGroup(request, client);
    if (answer.protocolName !== null || context.version >= NULL_PROTOCOL_SINCE) return answer;
    return { ...answer, protocolName: '' };
  },
  {
    refuse: (request, error, { version }) => ({
      ...refused.join(request, errorCode(new KafkaError(error))),
      protocolName: version >= NULL_PROTOCOL_SINCE ? null : '',
    }),
  },
);
