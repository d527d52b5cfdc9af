/** All planted bugs by name. A new one goes into the file of its room; `node sim/run.ts --bug NAME` must find it. */
import { JOURNAL_BUGS } from './journal.ts';
import { PARTITION_BUGS } from './partition.ts';
import type { PlantedBug } from './planted-bug.ts';

export type { PlantedBug };

export const PLANTED_BUGS: Readonly<Record<string, PlantedBug>> = { ...JOURNAL_BUGS, ...PARTITION_BUGS };
