/**
 * P11: kill -9 under load, then serving again, with 20 GB and 10,000 partitions (`--gigabytes N`: another size). Filled once a side, killed once a
 * sample; 50 GB of free disk for the full size.
 */
import type { Figure } from '../figure.ts';
import { RecoverySide } from '../recovery-side.ts';
import { GREGOR, kafka } from '../server.ts';

const FULL = { gigabytes: 20, partitions: 10_000 };
const QUICK = { gigabytes: 0.5, partitions: 1000 };

export const p11: Figure = {
  id: 'P11',
  title: 'kill -9 under load, then serving again, 20 GB in 10,000 partitions',
  conditions: [{ name: 'unpinned', pinned: false, seconds: 1 }],
  warmUpSeconds: 1,
  pairs: 3,
  measures: [
    { name: 'servedMs', unit: 'ms until all serve', goal: { atMost: 1 / 5 }, absolute: { atMost: 2000 } },
    { name: 'produceMs', unit: 'ms until a record is in' },
    { name: 'cpuSeconds', unit: 'cpu s' },
    { name: 'gigabytes', unit: 'GB filled' },
    { name: 'partitions', unit: 'partitions' },
  ],
  async open(_condition, tools) {
    const size = tools.isQuick ? QUICK : FULL;
    const kept = { ...size, gigabytes: tools.gigabytes ?? size.gigabytes };
    return { ours: new RecoverySide(GREGOR, kept, tools), peer: new RecoverySide(kafka(), kept, tools) };
  },
};
