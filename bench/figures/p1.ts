/** P1: sustained produce of 1 MiB requests. Ours synced before every answer; Kafka as it ships, from the page cache. */
import type { Figure } from '../figure.ts';
import type { Outcome } from '../load/generate.ts';
import { JOURNAL_TWICE_MEBIBYTES, LARGE } from '../loads.ts';
import { ProduceSide } from '../produce-side.ts';
import { GREGOR, kafka } from '../server.ts';

/** A run produces for a minute; its first part warms the server up. */
const WARM_UP_SECONDS = 20;

export const p1: Figure = {
  id: 'P1',
  title: 'sustained produce, 1 MiB requests, acks=all; ours synced before the answer, Kafka default',
  conditions: [
    { name: 'pinned', pinned: true, seconds: 40 },
    { name: 'unpinned', pinned: false, seconds: 40 },
  ],
  warmUpSeconds: 10,
  measures: [
    { name: 'megabytesPerSecond', unit: 'MB/s', goal: { atLeast: 2 } },
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
      peer: new ProduceSide({ ...options, kind: kafka() }, tools),
    };
  },
};
