/** The conditions under which P1, P3, P4 and P5 are shown. */
import type { Condition } from './figure.ts';

/** As much as the disk of many a rented machine. */
const DISK_MEGABYTES_PER_SECOND = 125;

export function usualConditions(seconds: number): readonly Condition[] {
  return [
    { name: 'pinned', pinned: true, seconds },
    { name: 'unpinned', pinned: false, seconds },
    // What serves the disk needs a core too: nobody is bound.
    {
      name: `disk of ${DISK_MEGABYTES_PER_SECOND} MB/s, unpinned`,
      pinned: false,
      seconds,
      diskMegabytesPerSecond: DISK_MEGABYTES_PER_SECOND,
    },
  ];
}
