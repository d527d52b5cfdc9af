/**
 * InitProducerId: v0–v5.
 *
 * Behaviour: without a transactional id every request gets a producer id that nobody ever had, with epoch 0. A request
 * that names its old id and epoch (KIP-360) gets a new id as well.
 * Not yet: transactional ids (refused with a definite error).
 */
import { initProducerIdApi, KafkaError } from '../../protocol/index.ts';
import { handler } from '../handler.ts';

export const initProducerId = handler(initProducerIdApi, [0, 5], ['controller'], async (broker, request) => {
  const refused = refusal(request);
  if (refused !== undefined) return { errorCode: refused.code, producerId: -1, producerEpoch: -1 };
  return { errorCode: 0, producerId: await broker.controller.allocateProducerId(), producerEpoch: 0 };
});

function refusal(request: {
  transactionalId: string | null;
  producerId: number;
  producerEpoch: number;
}): KafkaError | undefined {
  if (request.transactionalId === '')
    return new KafkaError('INVALID_REQUEST', 'a transactional id may not be empty');
  if (request.transactionalId !== null)
    return new KafkaError('UNSUPPORTED_VERSION', 'transactional ids are not served yet');
  if (request.producerId < 0 !== request.producerEpoch < 0)
    return new KafkaError('INVALID_REQUEST', 'producer id and epoch come together');
  return undefined;
}
