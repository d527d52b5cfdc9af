/** P19: one producer's topic read at the tail by ten readers of everything, as ten groups do; MB/s that leave the server. */
import type { Figure } from '../figure.ts';
import type { ReadOutcome } from '../load/fetch.ts';
import type { Load, Outcome } from '../load/generate.ts';
import { MIDDLE } from '../loads.ts';
import { GREGOR, kafka } from '../server.ts';
import { TailSide } from '../tail-side.ts';

const READERS = 10;
const LOAD: Load = { ...MIDDLE, connections: 1, partitions: 1 };
const WARM_UP_SECONDS = 3;

export const p19: Figure = {
  id: 'P19',
  title: 'one producer, ten readers of the tail: MB/s out',
  conditions: [
    { name: 'pinned', pinned: true, seconds: 15 },
    { name: 'unpinned', pinned: false, seconds: 15 },
  ],
  warmUpSeconds: 30,
  measures: [
    { name: 'megabytesPerSecondOut', unit: 'MB/s out', goal: { atLeast: 1.8 } },
    { name: 'megabytesPerSecondIn', unit: 'MB/s in' },
    { name: 'serverSecondsPerGigabyteOut', unit: 'cpu s/GB out' },
  ],
  async open(_condition, tools) {
    const options = {
      load: LOAD,
      reading: { partitions: LOAD.partitions, connections: READERS, isEverything: true },
      warmUpSeconds: WARM_UP_SECONDS,
      measures: (written: Outcome, seen: ReadOutcome) => ({
        megabytesPerSecondOut: seen.bytes / seen.seconds / 1e6,
        megabytesPerSecondIn: written.bytes / written.seconds / 1e6,
        serverSecondsPerGigabyteOut: seen.serverSeconds / (seen.bytes / 1e9),
      }),
    };
    return {
      ours: new TailSide({ ...options, kind: GREGOR }, tools),
      peer: new TailSide({ ...options, kind: kafka() }, tools),
    };
  },
};
