/**
 * Account: the log held against what producers were told.
 *
 * Checked: nothing acknowledged is lost, and it stands at the offset that the answer named; nothing from an idempotent
 * producer is there twice; its order is the order sent; offsets are dense.
 */
import { createTopicsApi, decodeRecords, fetchApi, forEachBatch } from '../../src/protocol/index.ts';
import { WireClient } from '../wire/wire-client.ts';
import { type Acknowledged, Violation } from './producer.ts';

const OPENED_BYTES_MAX = 64 * 1024 * 1024;

/** Records by partition, in offset order. */
export type ReadLog = ReadonlyMap<number, readonly { readonly offset: number; readonly value: string }[]>;

export interface Account {
  /** Records of `plain` may be in the log more than once. */
  readonly name: string;
  readonly acknowledged: readonly Acknowledged[];
  /** Sent at least once, in order, per partition. */
  readonly sent: ReadonlyMap<number, readonly string[]>;
}

export async function createTopic(port: number, name: string, numPartitions: number): Promise<void> {
  const client = await WireClient.connect(port);
  const answer = await client.send(createTopicsApi, 7, {
    topics: [{ name, numPartitions, replicationFactor: 1 }],
    timeoutMs: 30_000,
  });
  client.close();
  if (answer.topics[0]!.errorCode !== 0) throw new Violation(`topic: ${answer.topics[0]!.errorMessage}`);
}

export async function readLog(port: number, topic: string, partitions: number): Promise<ReadLog> {
  const client = await WireClient.connect(port);
  const log = new Map<number, { offset: number; value: string }[]>();
  for (let partition = 0; partition < partitions; partition++) {
    const records: { offset: number; value: string }[] = [];
    log.set(partition, records);
    for (let offset = 0; ; ) {
      const read = { partition, fetchOffset: offset, partitionMaxBytes: 4 << 20, logStartOffset: -1 };
      const answer = await client.send(fetchApi, 11, {
        ...{ maxWaitMs: 0, minBytes: 1, maxBytes: 8 << 20 },
        topics: [{ topic, partitions: [read] }],
      });
      const { errorCode, records: bytes } = answer.responses[0]!.partitions[0]!;
      if (errorCode !== 0)
        throw new Violation(`fetch of partition ${partition} at ${offset}: error ${errorCode}`);
      if (bytes === null || bytes.length === 0) break;
      forEachBatch(bytes, (batch) => {
        for (const record of decodeRecords(batch, OPENED_BYTES_MAX))
          records.push({ offset: record.offset, value: record.value!.toString() });
        offset = batch.lastOffset + 1;
      });
    }
  }
  client.close();
  return log;
}

/** What is wrong, one sentence each. */
export function check(producers: readonly Account[], log: ReadLog): string[] {
  const problems: string[] = [];
  for (const [partition, records] of log) {
    for (const [index, { offset }] of records.entries())
      if (offset !== index) problems.push(`partition ${partition}: offset ${offset} where ${index} was due`);
    for (const producer of producers)
      if (producer.name !== 'plain') problems.push(...checkOrder(producer, partition, records));
  }
  for (const producer of producers)
    for (const one of producer.acknowledged)
      if (log.get(one.partition)?.[one.offset]?.value !== one.value)
        problems.push(`lost: ${JSON.stringify(one)}`);
  return problems;
}

function checkOrder(
  producer: Account,
  partition: number,
  records: readonly { readonly value: string }[],
): string[] {
  const problems: string[] = [];
  const mine = records.filter(({ value }) => value.startsWith(`${producer.name}:`)).map(({ value }) => value);
  const sent = producer.sent.get(partition) ?? [];
  if (mine.length !== sent.length)
    problems.push(`${producer.name} partition ${partition}: ${sent.length} sent, ${mine.length} in the log`);
  const wrong = mine.findIndex((value, n) => value !== sent[n]);
  if (wrong >= 0)
    problems.push(`${producer.name} partition ${partition}: ${mine[wrong]} where ${sent[wrong]} was due`);
  return problems;
}
