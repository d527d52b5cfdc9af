/** P1: sustained produce of 1 MiB requests. Ours synced before every answer; Kafka as it ships, from the page cache. */
import { kafka } from '../server.ts';
import { sustained } from '../sustained.ts';

const TITLE = 'sustained produce, 1 MiB requests, acks=all; ours synced before the answer, Kafka default';

export const p1 = sustained('P1', TITLE, { atLeast: 2, peer: kafka });
