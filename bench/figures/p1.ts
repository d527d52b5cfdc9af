/** P1: sustained produce of 1 MiB requests. Ours synced before every answer; Kafka as it ships, from the page cache. */
import { usualConditions } from '../conditions.ts';
import { kafka } from '../server.ts';
import { LZ4_WARM, sustained } from '../sustained.ts';

const TITLE = 'sustained produce, 1 MiB requests, acks=all; ours synced before the answer, Kafka default';

export const p1 = sustained('P1', TITLE, {
  atLeast: 2,
  peer: kafka,
  conditions: [...usualConditions(40), LZ4_WARM],
});
