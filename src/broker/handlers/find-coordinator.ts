/**
 * FindCoordinator: v0-v6.
 *
 * Behaviour: this broker coordinates every group and every transaction; the first question for a group loads the groups,
 * so that clients need not ask twice.
 * Version notes: v1 type of the key; v4 many keys (KIP-699).
 * Not yet: share groups (no coordinator is available for them).
 */
import { findCoordinatorApi, KafkaError } from '../../protocol/index.ts';
import type { Broker } from '../broker.ts';
import { handler, type RequestContext } from '../handler.ts';

const MANY_KEYS_SINCE = 4;
const GROUP = 0;
const TRANSACTION = 1;
const SHARE = 2;

export const findCoordinator = handler(
  findCoordinatorApi,
  [0, 6],
  ['groups', 'identity'],
  async (broker, request, context) => {
    const found = await find(broker, request.keyType, context);
    if (context.version < MANY_KEYS_SINCE) return found;
    return { coordinators: request.coordinatorKeys.map((key) => ({ key, ...found })) };
  },
  {
    refuse: (request, error, { version }) => {
      const refusal = nobody(new KafkaError(error));
      if (version < MANY_KEYS_SINCE) return refusal;
      return { coordinators: request.coordinatorKeys.map((key) => ({ key, ...refusal })) };
    },
  },
);

async function find(broker: Pick<Broker, 'groups' | 'identity'>, keyType: number, context: RequestContext) {
  try {
    if (keyType < GROUP || keyType > SHARE)
      throw new KafkaError('INVALID_REQUEST', `no coordinators of type ${keyType}`);
    if (keyType === SHARE) throw new KafkaError('COORDINATOR_NOT_AVAILABLE');
    if (keyType !== TRANSACTION) await broker.groups.open();
    const { nodeId } = broker.identity;
    const { host, port } = broker.identity.endpoint(context.listener);
    return { errorCode: 0, errorMessage: null, nodeId, host, port };
  } catch (error) {
    return nobody(error);
  }
}

function nobody(error: unknown) {
  if (!(error instanceof KafkaError)) throw error;
  return { errorCode: error.code, errorMessage: error.explanation, nodeId: -1, host: '', port: -1 };
}
