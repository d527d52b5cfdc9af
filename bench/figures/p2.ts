/** P2: P1 against a Kafka that syncs before it answers, as Gregor always does. Few people run Kafka that way. */
import { kafka } from '../server.ts';
import { sustained } from '../sustained.ts';

const SYNCED = { 'log.flush.interval.messages': '1' };
const TITLE = 'sustained produce, 1 MiB requests, acks=all; both synced before the answer';

export const p2 = sustained('P2', TITLE, {
  atLeast: 10,
  peer: () => kafka(SYNCED),
  conditions: [{ name: 'pinned', pinned: true, seconds: 40 }],
});
