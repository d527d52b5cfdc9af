/** Sustained produce of 1 MiB requests against a peer: P1 and P2 differ in how the peer syncs. */
import type { Condition, Figure } from './figure.ts';
import type { Outcome } from './load/generate.ts';
import { JOURNAL_TWICE_MEBIBYTES, LARGE, MIDDLE_LZ4 } from './loads.ts';
import { ProduceSide } from './produce-side.ts';
import { GREGOR, type ServerKind } from './server.ts';

/** A run produces for a minute; its first part warms the server up. */
const WARM_UP_SECONDS = 20;

const WARM_AGAIN_SECONDS = 2;

/** What many people run: both servers live through all pairs, after two minutes of warming up. */
export const LZ4_WARM: Condition = {
  name: '16 KiB lz4 batches over 12 partitions, unpinned, warm',
  pinned: false,
  seconds: 40,
  warmUpSeconds: 120,
};

interface SustainedOptions {
  readonly atLeast: number;
  readonly peer: () => ServerKind;
  readonly conditions: readonly Condition[];
}

export function sustained(
  id: string,
  title: string,
  { atLeast, peer, conditions }: SustainedOptions,
): Figure {
  return {
    id,
    title,
    conditions,
    warmUpSeconds: 10,
    measures: [
      { name: 'megabytesPerSecond', unit: 'MB/s', goal: { atLeast } },
      { name: 'serverSecondsPerGigabyte', unit: 'cpu s/GB' },
    ],
    async open({ name }, tools) {
      const isMiddle = name === LZ4_WARM.name;
      const options = {
        load: isMiddle ? MIDDLE_LZ4 : LARGE,
        warmUpSeconds: isMiddle ? WARM_AGAIN_SECONDS : WARM_UP_SECONDS,
        warmUpMebibytes: isMiddle ? 0 : JOURNAL_TWICE_MEBIBYTES,
        isFresh: !isMiddle,
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
