/** Records as large as a topic takes them: what a pipeline makes of them is larger, and no record stops it, good or bad. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { EmbeddedBroker } from '../embed/index.ts';
import { nodeEnvironment } from '../env/node/index.ts';
import { pipeline, serde, topic } from '../streams/index.ts';
import { startBroker } from '../testing/index.ts';
import { KafkaLogClient, type LogClient, runPipeline } from './index.ts';

interface Part {
  readonly id: string;
  readonly n: number;
}

const { clock } = nodeEnvironment('/nonexistent');
/** A batch of one record of this size is just below the default of `max.message.bytes`. */
const SIZE = 1_048_400;
const ADAPTERS: Readonly<Record<string, (broker: EmbeddedBroker) => Promise<LogClient>>> = {
  'over the network': (broker) => KafkaLogClient.connect({ bootstrap: [broker.bootstrap] }),
  'inside the broker': (broker) => broker.logClient('one'),
};

function large(part: Partial<Part>): string {
  const text = JSON.stringify({ ...part, pad: '' });
  return `${text.slice(0, -2)}${'x'.repeat(SIZE - text.length)}"}`;
}

async function allOut(broker: EmbeddedBroker): Promise<void> {
  let found = 0;
  for await (const _ of broker.read('out', { from: 'start' })) if (++found === 2) return;
}

for (const [name, connect] of Object.entries(ADAPTERS))
  test(`${name}: held, sent over a repartition topic, or dead-lettered: a record of 1 MiB comes out`, async () => {
    const plan = pipeline('p', { commitEvery: '20ms' })
      .from(topic('in', { value: serde.json<Part>() }))
      .keyBy((r) => r.value.id, { as: 'by-id' })
      .reorder({ sequence: (r) => r.value.n, start: 1, gap: { onTimeout: 'wait' }, as: 'in-order' })
      .to(topic('out', { key: serde.text, value: serde.json<Part>() }));
    await using broker = await startBroker({ topics: { in: 1, out: 1 } });
    await broker.append('in', [{ value: large({ id: 'a', n: 2 }) }]);
    await broker.append('in', [{ value: `{${'x'.repeat(SIZE - 1)}` }]);
    await broker.append('in', [{ value: large({ id: 'a', n: 1 }) }]);
    const client = await connect(broker);
    const stopping = new AbortController();
    const running = runPipeline(plan, { client, clock, signal: stopping.signal });
    try {
      await Promise.race([running, allOut(broker)]);
      const numbers: number[] = [];
      for await (const record of broker.read('out', { from: 'start', until: 'end' })) {
        assert.equal(record.value!.length, SIZE);
        numbers.push((record.json() as Part).n);
      }
      assert.deepEqual(numbers, [1, 2]);
      const dead: number[] = [];
      for await (const { value } of broker.read('dlq.p', { from: 'start', until: 'end' }))
        dead.push(value!.length);
      assert.deepEqual(dead, [SIZE]);
    } finally {
      stopping.abort();
      await running.finally(() => client.close());
    }
  });
