/**
 * Transaction records: what `__transaction_state` holds.
 *
 *   transactionLog   transactional id -> producer id and epoch, state, partitions      v1 flexible, next producer (KIP-890)
 */
import { recordType } from './record-type.ts';
import { type Infer, array, int16, int32, int64, int8, message, string } from '../schema.ts';

export const transactionLogKey = message(
  { name: 'TransactionLogKey', versions: '0', flexible: 'none' },
  {
    transactionalId: string(),
  },
);
export type TransactionLogKey = Infer<typeof transactionLogKey>;

export const transactionLogValue = message(
  { name: 'TransactionLogValue', versions: '0-1', flexible: '1+' },
  {
    producerId: int64(),
    // of the last transaction; -1: the same
    previousProducerId: int64({ versions: '1+', tag: 0, default: -1 }),
    // already told to the producer; -1: none
    nextProducerId: int64({ versions: '1+', tag: 1, default: -1 }),
    producerEpoch: int16(),
    nextProducerEpoch: int16({ versions: '1+', tag: 3, default: -1 }),
    transactionTimeoutMs: int32(),
    // 0 empty, 1 ongoing, 2 prepare commit, 3 prepare abort, 4 complete commit, 5 complete abort, 6 dead, 7 prepare epoch fence
    transactionStatus: int8(),
    // null: none
    transactionPartitions: array(
      {
        topic: string(),
        partitionIds: array(int32()),
      },
      { nullable: '0+' },
    ),
    transactionLastUpdateTimestampMs: int64(),
    transactionStartTimestampMs: int64(), // -1: not ongoing
    clientTransactionVersion: int16({ versions: '1+', tag: 2 }),
  },
);
export type TransactionLogValue = Infer<typeof transactionLogValue>;

export const transactionLogRecord = recordType('transactionLog', 0, transactionLogKey, transactionLogValue);
