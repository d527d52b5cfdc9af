/** The Produce request of one batch of a transaction. */
import { encodeBatch } from '../../src/protocol/index.ts';
import type { SentBatch } from '../history/facts.ts';

export function transactionalProduce({ transaction, log, values, timestamps, baseSequence }: SentBatch) {
  const { id, identity } = transaction!;
  const records = encodeBatch({
    records: values.map((value, n) => ({
      key: null,
      value: Buffer.from(value, 'latin1'),
      headers: [],
      timestamp: timestamps[n]!,
    })),
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
