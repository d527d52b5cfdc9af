/** P9: throughput over many partitions: batches of 16 KiB written round-robin over 1 to 10,000 of them. Each condition is a size. */
import type { Condition, Figure } from '../figure.ts';
import type { Outcome } from '../load/generate.ts';
import { MIDDLE } from '../loads.ts';
import { ProduceSide } from '../produce-side.ts';
import { GREGOR, kafka } from '../server.ts';

const WARM_UP_SECONDS = 10;
const SIZES = [1, 100, 1000, 10_000];
const CONNECTIONS = 10;

export const p9: Figure = {
  id: 'P9',
  title: 'MB/s over 1, 100, 1,000 and 10,000 partitions, 16 KiB batches round-robin',
  isSeries: true,
  axis: 'partitions',
  conditions: SIZES.map((size): Condition => ({ name: partitionsOf(size), pinned: true, seconds: 15, size })),
  warmUpSeconds: 5,
  measures: [
    { name: 'megabytesPerSecond', unit: 'MB/s' },
    { name: 'serverSecondsPerGigabyte', unit: 'cpu s/GB' },
  ],
  async open({ name }, tools) {
    const partitions = SIZES.find((size) => partitionsOf(size) === name)!;
    const options = {
      load: { ...MIDDLE, partitions, connections: CONNECTIONS, isSpread: partitions > 1 },
      warmUpSeconds: WARM_UP_SECONDS,
      warmUpMebibytes: 0,
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

function partitionsOf(size: number): string {
  return `${size} partition${size === 1 ? '' : 's'}`;
}
