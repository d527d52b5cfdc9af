/** The job of orders.py as a pipeline. Exactly once; what cannot be read goes to orders.dead. */
import { pipeline, serde, topic } from 'gregor/streams';

interface Order {
  readonly id: string;
  readonly version: number;
}

export default pipeline('orders', { deadLetter: 'orders.dead' })
  .from(topic('orders.raw', { value: serde.json<Order>() }))
  .keyBy((r) => r.value.id, { as: 'by-order' })
  .reorder({
    sequence: (r) => r.value.version,
    start: 1,
    gap: { onTimeout: 'wait' },
    onLate: 'drop',
    as: 'in-order',
    because: 'a version that has gone on already was sent twice',
  })
  .to(topic('orders', { key: serde.text, value: serde.json<Order>() }));
