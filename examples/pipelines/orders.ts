/**
 * Orders as they arrive: from several producers, some twice, versions of one order out of step, some broken. Out of them comes
 * one topic in which every version of every order stands once and in order. The same as orders.yaml.
 *
 *   npx gregor topic create shop.raw --partitions 3
 *   npx gregor pipeline plan examples/pipelines/orders.ts
 *   npx gregor pipeline run examples/pipelines/orders.ts
 *   npx gregor produce shop.raw < orders.jsonl ; npx gregor consume shop.orders
 */
import { pipeline, serde, topic } from 'gregor/streams';

interface Order {
  readonly id: string;
  readonly version: number;
  readonly total: number;
}

const raw = topic('shop.raw', { value: serde.json<Order>() });
const orders = topic('shop.orders', { key: serde.text, value: serde.json<Order>() });
const large = topic('shop.large', { key: serde.text, value: serde.json<Order>() });

export default pipeline('orders', { deadLetter: 'dlq.orders' })
  .from(raw)
  .filter((r) => r.value.total >= 0, { because: 'a negative total is a test of the shop' })
  .keyBy((r) => r.value.id, { as: 'by-order' })
  .dedupe({
    by: (r) => `${r.value.id}:${r.value.version}`,
    window: { time: '24h', count: 1_000_000 },
    as: 'once',
  })
  .reorder({
    sequence: (r) => r.value.version,
    start: 1,
    gap: { timeout: '30s', onTimeout: 'skip-and-mark' },
    as: 'in-order',
  })
  .branch({ large: (r) => r.value.total > 1000 }, (parts) => parts.large.to(large))
  .to(orders);
