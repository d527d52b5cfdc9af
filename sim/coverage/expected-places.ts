/**
 * Every fault at every call of a port: what a large run must have had, by random faults or by directed ones.
 *
 * A directed fault comes wherever a call was made that the scenario may lose, so a hole is a call that no seed made.
 */
import { CPU_PLACES, DISK_PLACES, NETWORK_PLACES } from '../world/places.ts';
import { CANNOT_HAPPEN } from './cannot-happen.ts';

/** From how many seeds of all scenarios on a hole fails the run; below, chance may leave a state or a call out. */
export const HOLES_FAIL_FROM_SEEDS = { states: 1_000, places: 2_000 } as const;

/** Of every verb: a death before it, one after it; of the disk's also an error; of its writes also that there is no room. */
export const EXPECTED_PLACES: readonly string[] = [
  ...[...DISK_PLACES, ...NETWORK_PLACES, ...CPU_PLACES].flatMap((kind) =>
    expected(kind, [`killed before: ${kind}`, `killed after: ${kind}`]),
  ),
  ...DISK_PLACES.flatMap((kind) => expected(kind, [`EIO: ${kind}`])),
  ...DISK_PLACES.filter((kind) => kind.startsWith('write ')).flatMap((kind) =>
    expected(kind, [`ENOSPC: ${kind}`]),
  ),
];

function expected(kind: string, places: readonly string[]): readonly string[] {
  if (CANNOT_HAPPEN[`call: ${kind}`] !== undefined) return [];
  return places.filter((place) => CANNOT_HAPPEN[place] === undefined);
}

/** Those that a run of so many seeds must have had. */
export function placesDue(seeds: number): readonly string[] {
  return seeds >= HOLES_FAIL_FROM_SEEDS.places ? EXPECTED_PLACES : [];
}
