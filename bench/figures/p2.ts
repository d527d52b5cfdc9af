/** P2: P1 against a Kafka that syncs before it answers, as Gregor always does. Few people run Kafka that way. */
import type { Figure } from '../figure.ts';
import type { Outcome } from '../load/generate.ts';
import { JOURNAL_TWICE_MEBIBYTES, LARGE } from '../loads.ts';
import { ProduceSide } from '../produce-side.ts';
import { GREGOR, kafka } from '../server.ts';

/** A run produces for a minute; its first part warms the server up. */
const WARM_UP_SECONDS = 20;

export const p2: Figure = {
  id: 'P2',
  title: 'sustained produce, 1 MiB requests, acks=all; both synced before the answer',
  conditions: [
    { name: 'pinned', pinned: true, seconds: 40 },
    { name: 'unpinned', pinned: false, seconds: 40 },
  ],
  warmUpSeconds: 10,
  measures: [
    { name: 'megabytesPerSecond', unit: 'MB/s', goal: { atLeast: 10 } },
    { name: 'serverSecondsPerGigabyte', unit: 'cpu s/GB' },
  ],
  async open(_condition, tools) {
    const options = {
      load: LARGE,
      warmUpSeconds: WARM_UP_SECONDS,
      warmUpMebibytes: JOURNAL_TWICE_MEBIBYTES,
      isFresh: true,
      measures: ({ bytes, seconds, serverSeconds }: Outcome) => ({
        megabytesPerSecond: bytes / seconds / 1e6,
        serverSecondsPerGigabyte: serverSeconds / (bytes / 1e9),
      }),
    };
    return {
      ours: new ProduceSide({ ...options, kind: GREGOR }, tools),
      peer: new ProduceSide({ ...options, kind: kafka({ 'log.flush.interval.messages': '1' }) }, tools),
    };
  },
};
