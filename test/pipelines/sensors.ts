/** The pipeline that is killed: over a repartition, with dedupe, reorder by sequence and a dead letter topic. */
import { pipeline, serde, topic } from '../../src/streams/index.ts';

export interface Reading {
  readonly sensor: string;
  readonly n: number;
}

export default pipeline('sensors', { commitEvery: '100ms' })
  .from(topic('sensors-in', { value: serde.json<Reading>() }))
  .keyBy((r) => r.value.sensor)
  .dedupe({ by: (r) => `${r.value.sensor}:${r.value.n}`, window: { count: 1_000_000 } })
  .reorder({ sequence: (r) => r.value.n, start: 0, gap: { onTimeout: 'wait' } })
  .to(topic('sensors-out', { key: serde.text, value: serde.json<Reading>() }));
