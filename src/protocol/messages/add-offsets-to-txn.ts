/**
 * AddOffsetsToTxn (25): the offsets of a group join a transaction.
 *
 *   v2 PRODUCER_FENCED (KIP-588) · v3 flexible · v4 TRANSACTION_ABORTABLE (KIP-890)
 */
import { api } from '../api.ts';
import { type Infer, int16, int32, int64, message, string } from '../schema.ts';

export const addOffsetsToTxnRequest = message(
  { name: 'AddOffsetsToTxnRequest', versions: '0-4', flexible: '3+' },
  {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: string(),
  },
);
export type AddOffsetsToTxnRequest = Infer<typeof addOffsetsToTxnRequest>;

export const addOffsetsToTxnResponse = message(
  { name: 'AddOffsetsToTxnResponse', versions: '0-4', flexible: '3+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
  },
);
export type AddOffsetsToTxnResponse = Infer<typeof addOffsetsToTxnResponse>;

export const addOffsetsToTxnApi = api(25, 'AddOffsetsToTxn', addOffsetsToTxnRequest, addOffsetsToTxnResponse);
