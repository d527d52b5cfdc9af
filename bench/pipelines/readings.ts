/**
 * The pipeline under measurement, by environment: READINGS_NAME, _SOURCE, _TARGET, _MODE (stateless, dedupe, reorder or all), _GUARANTEE,
 * and _REDIS, where held records lie then.
 */
import { type Guarantee, pipeline, serde, topic } from 'gregor/streams';
import type { Reading } from './input.ts';

const {
  READINGS_NAME,
  READINGS_SOURCE,
  READINGS_TARGET,
  READINGS_MODE = 'all',
  READINGS_GUARANTEE,
  READINGS_REDIS,
} = process.env;
const has = (what: string) => READINGS_MODE === what || READINGS_MODE === 'all';
const output = topic(READINGS_TARGET!, { value: serde.json<Reading>() });

const guarantee = READINGS_GUARANTEE as Guarantee;

let stream = pipeline(READINGS_NAME!, { commitEvery: '200ms', guarantee })
  .from(topic(READINGS_SOURCE!, { value: serde.json<Reading>() }))
  .eventTime((r) => r.value.at, { maxOutOfOrder: '10s', idleAfter: '1h' })
  .filter((r) => r.value.kind !== 'noise');
// Conflicts are dropped like duplicates: the peer does not look at the content either.
if (has('dedupe'))
  stream = stream.dedupe({ by: { field: 'id' }, window: { time: '1m' }, onConflict: 'drop' });
if (has('reorder'))
  stream = stream.reorder({
    by: 'event-time',
    ...(READINGS_REDIS === undefined ? {} : { store: { redis: READINGS_REDIS } }),
  });

export default stream.to(output);
