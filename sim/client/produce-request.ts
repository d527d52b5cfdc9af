/** What a batch looks like in a Produce request. */
import { encodeBatch } from '../../src/protocol/index.ts';
import type { SentBatch } from '../history/facts.ts';
import { headerOf, isTombstone } from './values.ts';

/** Records with a key carry their name in a header too; tombstones have no value. */
export function recordsOf({ values, keys, timestamps }: SentBatch) {
  return values.map((text, n) => {
    const key = keys[n]!;
    return {
      key: key === null ? null : Buffer.from(key),
      value: isTombstone(text) ? null : Buffer.from(text, 'latin1'),
      headers: key === null ? [] : [['name', Buffer.from(headerOf(text))] as const],
      timestamp: timestamps[n]!,
    };
  });
}

/** The request of one batch of a transaction. */
export function transactionalProduce(batch: SentBatch) {
  const { transaction, log, baseSequence } = batch;
  const { id, identity } = transaction!;
  const records = encodeBatch({
    records: recordsOf(batch),
    ...identity,
    baseSequence,
    isTransactional: true,
  });
  const partitionData = [{ index: log.partition, records: [records] }];
  return {
    transactionalId: id.name,
    acks: -1,
    timeoutMs: 10_000,
    topicData: [{ name: log.topic, topicId: log.topicId, partitionData }],
  };
}
