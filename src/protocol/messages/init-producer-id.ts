/**
 * InitProducerId (22): gives a producer its id and epoch; for a transactional id, fences its older instances.
 *
 *   v2 flexible · v3 an epoch may be raised without losing the id (KIP-360) · v4 PRODUCER_FENCED (KIP-588)
 *   v5 TRANSACTION_ABORTABLE (KIP-890) · v6 two-phase commit (KIP-939; unstable in Kafka, so it is not advertised)
 */
import { api } from '../api.ts';
import { type Infer, boolean, int16, int32, int64, message, string } from '../schema.ts';

export const initProducerIdRequest = message(
  { name: 'InitProducerIdRequest', versions: '0-6', flexible: '2+' },
  {
    transactionalId: string({ nullable: '0+' }), // null: idempotent only
    transactionTimeoutMs: int32(),
    producerId: int64({ versions: '3+', default: -1 }), // -1: none yet
    producerEpoch: int16({ versions: '3+', default: -1 }), // -1: none yet
    enable2Pc: boolean({ versions: '6+' }),
    keepPreparedTxn: boolean({ versions: '6+' }),
  },
);
export type InitProducerIdRequest = Infer<typeof initProducerIdRequest>;

export const initProducerIdResponse = message(
  { name: 'InitProducerIdResponse', versions: '0-6', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64({ default: -1 }),
    producerEpoch: int16(),
    // of a prepared transaction that was kept; -1: none
    ongoingTxnProducerId: int64({ versions: '6+', default: -1 }),
    ongoingTxnProducerEpoch: int16({ versions: '6+', default: -1 }),
  },
);
export type InitProducerIdResponse = Infer<typeof initProducerIdResponse>;

export const initProducerIdApi = api(22, 'InitProducerId', initProducerIdRequest, initProducerIdResponse);
