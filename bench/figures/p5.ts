/** P5: processor time of the server for a gigabyte that is produced and read once at the tail; batches of 16 KiB, 12 partitions. */
import { usualConditions } from '../conditions.ts';
import type { Figure } from '../figure.ts';
import type { ReadOutcome } from '../load/fetch.ts';
import type { Outcome } from '../load/generate.ts';
import { MIDDLE } from '../loads.ts';
import { GREGOR, kafka } from '../server.ts';
import { TailSide } from '../tail-side.ts';

const WARM_UP_SECONDS = 3;

export const p5: Figure = {
  id: 'P5',
  title: 'processor time per GB produced and read once at the tail, 16 KiB batches',
  conditions: usualConditions(15),
  warmUpSeconds: 30,
  measures: [
    { name: 'serverSecondsPerGigabyte', unit: 'cpu s/GB', goal: { atMost: 1 / 2 } },
    { name: 'megabytesPerSecondIn', unit: 'MB/s in' },
    { name: 'megabytesPerSecondOut', unit: 'MB/s out' },
  ],
  async open(_condition, tools) {
    const options = {
      load: MIDDLE,
      reading: { partitions: MIDDLE.partitions, connections: 1, isEverything: true },
      warmUpSeconds: WARM_UP_SECONDS,
      measures: (written: Outcome, seen: ReadOutcome) => ({
        serverSecondsPerGigabyte: written.serverSeconds / (written.bytes / 1e9),
        megabytesPerSecondIn: written.bytes / written.seconds / 1e6,
        megabytesPerSecondOut: seen.bytes / seen.seconds / 1e6,
      }),
    };
    return {
      ours: new TailSide({ ...options, kind: GREGOR }, tools),
      peer: new TailSide({ ...options, kind: kafka() }, tools),
    };
  },
};
