/**
 * EndTxn (26): commits or aborts a transaction.
 *
 *   v2 PRODUCER_FENCED (KIP-588) · v3 flexible · v4 TRANSACTION_ABORTABLE (KIP-890)
 *   v5 the producer epoch rises with every transaction (KIP-890)
 */
import { api } from '../api.ts';
import { type Infer, boolean, int16, int32, int64, message, string } from '../schema.ts';

export const endTxnRequest = message(
  { name: 'EndTxnRequest', versions: '0-5', flexible: '3+' },
  {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: boolean(), // false: abort
  },
);
export type EndTxnRequest = Infer<typeof endTxnRequest>;

export const endTxnResponse = message(
  { name: 'EndTxnResponse', versions: '0-5', flexible: '3+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    // for the next transaction; -1: an error
    producerId: int64({ versions: '5+', default: -1, ignorable: true }),
    producerEpoch: int16({ versions: '5+', default: -1, ignorable: true }), // for the next transaction
  },
);
export type EndTxnResponse = Infer<typeof endTxnResponse>;

export const endTxnApi = api(26, 'EndTxn', endTxnRequest, endTxnResponse);
