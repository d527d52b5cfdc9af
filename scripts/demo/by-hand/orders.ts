/** Orders for the comparison: versions 1, 2, 3 … of each, shuffled, every twentieth sent twice. */
import { encodeBatch, produceApi } from '../../../src/protocol/index.ts';
import { WireClient } from '../../../test/wire/wire-client.ts';

export interface Order {
  readonly id: string;
  readonly version: number;
}

const ORDERS = 50;
const SHUFFLED_OVER = 300;
const TWICE_EACH = 20;
const PER_BATCH = 100;

export function orders(count: number, random: () => number): Order[] {
  return Array.from(
    { length: count },
    (_, n): Order => ({ id: `order-${n % ORDERS}`, version: Math.floor(n / ORDERS) + 1 }),
  )
    .flatMap((order, n) =>
      (n % TWICE_EACH === 0 ? [order, order] : [order]).map((one) => ({
        one,
        at: n + random() * SHUFFLED_OVER,
      })),
    )
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

let batches = 0;

/** Batch after batch to the next partition, as several producers would. */
export async function write(port: number, sent: readonly Order[], partitions: number): Promise<void> {
  const client = await WireClient.connect(port);
  try {
    for (let from = 0; from < sent.length; from += PER_BATCH) {
      const records = sent.slice(from, from + PER_BATCH).map((order) => ({
        key: null,
        value: Buffer.from(JSON.stringify(order)),
        headers: [],
        timestamp: Date.now(),
      }));
      const partitionData = [{ index: batches++ % partitions, records: encodeBatch({ records }) }];
      const answer = await client.send(produceApi, 9, {
        acks: -1,
        timeoutMs: 30_000,
        topicData: [{ name: 'orders.raw', partitionData }],
      });
      const { errorCode } = answer.responses[0]!.partitionResponses[0]!;
      if (errorCode !== 0) throw new Error(`orders.raw: error ${errorCode}`);
    }
  } finally {
    client.close();
  }
}
