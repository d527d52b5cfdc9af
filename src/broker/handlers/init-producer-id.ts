/**
 * InitProducerId: v0-v5.
 *
 * Behaviour: without a transactional id every request gets a producer id that nobody ever had, with epoch 0; a request
 * that names its old id and epoch (KIP-360) gets a new id as well. With one, older instances are fenced; an open
 * transaction is aborted, and the client hears CONCURRENT_TRANSACTIONS and asks again.
 * Version notes: v3 id and epoch (KIP-360); v4 PRODUCER_FENCED (KIP-588). v6 is unstable in Kafka (KIP-939).
 */
import { initProducerIdApi, type InitProducerIdRequest, KafkaError } from '../../protocol/index.ts';
import { handler } from '../handler.ts';
import { fencedCode } from '../transaction-errors.ts';

const FENCED_SINCE = 4;

export const initProducerId = handler(
  initProducerIdApi,
  [0, 5],
  ['controller', 'transactions'],
  async (broker, request, { version }) => {
    const { transactionalId } = request;
    if (transactionalId !== null) {
      const question = { ...request, transactionalId, timeoutMs: request.transactionTimeoutMs };
      const { errorCode, producerId, producerEpoch } = await broker.transactions.initProducerId(question);
      return { errorCode: fencedCode(errorCode, version >= FENCED_SINCE), producerId, producerEpoch };
    }
    const refused = refusal(request);
    if (refused !== undefined) return { errorCode: refused.code, producerId: -1, producerEpoch: -1 };
    return { errorCode: 0, producerId: await broker.controller.allocateProducerId(), producerEpoch: 0 };
  },
  {
    refuse: (_, error) => ({ errorCode: new KafkaError(error).code, producerId: -1, producerEpoch: -1 }),
  },
);

function refusal({ producerId, producerEpoch }: InitProducerIdRequest): KafkaError | undefined {
  if (producerId < 0 === producerEpoch < 0) return undefined;
  return new KafkaError('INVALID_REQUEST', 'producer id and epoch come together');
}
