/**
 * AddOffsetsToTxn: v0-v4.
 *
 * Behaviour: the partition of `__consumer_offsets` that keeps the group joins the transaction.
 * Version notes: v2 PRODUCER_FENCED (KIP-588).
 */
import { CONSUMER_OFFSETS } from '../../cluster/index.ts';
import { partitionOfGroup } from '../../coordinator/index.ts';
import { addOffsetsToTxnApi, KafkaError } from '../../protocol/index.ts';
import { handler } from '../handler.ts';
import { fencedCode } from '../transaction-errors.ts';

const FENCED_SINCE = 2;

export const addOffsetsToTxn = handler(
  addOffsetsToTxnApi,
  [0, 4],
  ['image', 'transactions'],
  async (broker, request, { version }) => {
    const { transactionalId, producerId, producerEpoch, groupId } = request;
    if (groupId === '') return { errorCode: new KafkaError('INVALID_GROUP_ID').code };
    const count = broker.image.find(CONSUMER_OFFSETS)!.partitionCount;
    const partitions = [{ topic: CONSUMER_OFFSETS, partition: partitionOfGroup(groupId, count) }];
    const question = { transactionalId, producerId, producerEpoch, partitions, clientVersion: 0 } as const;
    const code = await broker.transactions.addPartitions(question);
    return { errorCode: fencedCode(code, version >= FENCED_SINCE) };
  },
  { refuse: (_, error) => ({ errorCode: new KafkaError(error).code }) },
);
