/** Sustained produce of 1 MiB requests against a peer: P1 and P2 differ in how the peer syncs. */
import type { Figure } from './figure.ts';
import type { Outcome } from './load/generate.ts';
import { JOURNAL_TWICE_MEBIBYTES, LARGE } from './loads.ts';
import { ProduceSide } from './produce-side.ts';
import { GREGOR, type ServerKind } from './server.ts';

/** A run produces for a minute; its first part warms the server up. */
const WARM_UP_SECONDS = 20;

export function sustained(
  id: string,
  title: string,
  { atLeast, peer }: { readonly atLeast: number; readonly peer: () => ServerKind },
): Figure {
  return {
    id,
    title,
    conditions: [
      { name: 'pinned', pinned: true, seconds: 40 },
      { name: 'unpinned', pinned: false, seconds: 40 },
    ],
    warmUpSeconds: 10,
    measures: [
      { name: 'megabytesPerSecond', unit: 'MB/s', goal: { atLeast } },
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
        peer: new ProduceSide({ ...options, kind: peer() }, tools),
      };
    },
  };
}
