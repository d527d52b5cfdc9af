/**
 * P17: P4 while old data is read and a topic is compacted (old-data.ts): 20 GB, `--gigabytes N`. Beside Kafka under the same; P17I: beside ourselves with
 * nothing else to do.
 */
import type { Figure } from '../figure.ts';
import { LATENCY, LATENCY_MEASURES } from '../latency.ts';
import { OldData } from '../old-data.ts';
import { gregor, kafka, type ServerKind } from '../server.ts';
import { TailSide } from '../tail-side.ts';

/** The cleaner looks every second on both sides, and ours finds new segments every ten seconds: it is at work in a run of seconds too. */
const SETTINGS = {
  'log.cleaner.backoff.ms': '1000',
  'log.flush.offset.checkpoint.interval.ms': '10000',
};
const GIGABYTES = 20;
const GIGABYTES_QUICK = 0.5;

export const p17 = besideOldData(
  'P17',
  'beside Kafka under the same',
  { atMost: 0.5 },
  {
    kind: () => kafka(SETTINGS),
    isBusy: true,
  },
);
export const p17Idle = besideOldData(
  'P17I',
  'beside itself without',
  { atMost: 2 },
  {
    kind: () => gregor(SETTINGS),
    isBusy: false,
  },
);

function besideOldData(
  id: string,
  beside: string,
  goal: { readonly atMost: number },
  peer: { readonly kind: () => ServerKind; readonly isBusy: boolean },
): Figure {
  return {
    id,
    title: `P4 while 20 GB of cold data are read and a topic is compacted, ${beside}`,
    conditions: [{ name: 'pinned', pinned: true, seconds: 15, missing: OldData.missing }],
    warmUpSeconds: 60,
    measures: [
      ...LATENCY_MEASURES.map((one) => (one.name === 'p99Ms' ? { ...one, goal } : one)),
      ...(peer.isBusy ? [{ name: 'oldMegabytesPerSecond', unit: 'MB/s of old data' }] : []),
    ],
    async open(_condition, tools) {
      const gigabytes = tools.gigabytes ?? (tools.isQuick ? GIGABYTES_QUICK : GIGABYTES);
      const side = (kind: ServerKind, isBusy: boolean) =>
        new TailSide(
          { ...LATENCY, kind, ...(isBusy ? { beside: new OldData(gigabytes, tools) } : {}) },
          tools,
        );
      return { ours: side(gregor(SETTINGS), true), peer: side(peer.kind(), peer.isBusy) };
    },
  };
}
