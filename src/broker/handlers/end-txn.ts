/**
 * EndTxn: v0-v5.
 *
 * Behaviour: answered when the end is durable; then every partition shows it, and the group has its offsets: all of it is
 * one frame, where Kafka only promises that it will come.
 * Version notes: v2 PRODUCER_FENCED (KIP-588); v5 the epoch rises with every end (KIP-890).
 */
import { endTxnApi, KafkaError } from '../../protocol/index.ts';
import { handler } from '../handler.ts';
import { fencedCode } from '../transaction-errors.ts';

const FENCED_SINCE = 2;

export const endTxn = handler(
  endTxnApi,
  [0, 5],
  ['transactions'],
  async (broker, request, { version }) => {
    const { errorCode, producerId, producerEpoch } = await broker.transactions.endTransaction(
      request,
      version,
    );
    return { errorCode: fencedCode(errorCode, version >= FENCED_SINCE), producerId, producerEpoch };
  },
  {
    refuse: (_, error) => ({ errorCode: new KafkaError(error).code, producerId: -1, producerEpoch: -1 }),
  },
);
