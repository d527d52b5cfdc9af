/**
 * P13: Gregor's share of what the machine can do: a C program that receives the same frames, makes the same writes into a
 * preallocated file with one fdatasync per group, and answers. It checks no CRC, keeps no offsets, has no second copy.
 */
import type { Figure } from '../figure.ts';
import type { Outcome } from '../load/generate.ts';
import { JOURNAL_TWICE_MEBIBYTES, LARGE, SMALL } from '../loads.ts';
import { ProduceSide } from '../produce-side.ts';
import { GREGOR, LIMIT } from '../server.ts';

const WARM_UP_SECONDS = 4;
const SMALL_REQUESTS = 'small requests';

export const p13: Figure = {
  id: 'P13',
  title: 'share of the limit: the same frames, writes and syncs by a C program',
  conditions: [
    { name: 'large requests', pinned: true, seconds: 8 },
    { name: SMALL_REQUESTS, pinned: true, seconds: 8 },
  ],
  warmUpSeconds: 4,
  measures: [
    { name: 'megabytesPerSecond', unit: 'MB/s', goal: { atLeast: 0.6 } },
    { name: 'requestsPerSecond', unit: 'requests/s' },
    { name: 'serverMicrosecondsPerRequest', unit: 'cpu µs/request' },
  ],
  async open(condition, tools) {
    const isSmall = condition.name === SMALL_REQUESTS;
    const options = {
      load: isSmall ? SMALL : LARGE,
      warmUpSeconds: WARM_UP_SECONDS,
      warmUpMebibytes: isSmall ? 0 : JOURNAL_TWICE_MEBIBYTES,
      isFresh: true,
      measures: ({ bytes, requests, seconds, serverSeconds }: Outcome) => ({
        megabytesPerSecond: bytes / seconds / 1e6,
        requestsPerSecond: requests / seconds,
        serverMicrosecondsPerRequest: (serverSeconds * 1e6) / requests,
      }),
    };
    return {
      ours: new ProduceSide({ ...options, kind: GREGOR }, tools),
      peer: new ProduceSide({ ...options, kind: LIMIT }, tools),
    };
  },
};
