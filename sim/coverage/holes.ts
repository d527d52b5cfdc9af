/** Holes: places that a large run must reach, and did not. */
import { GROUP_TRANSITIONS } from '../../src/groups/index.ts';
import { DISK_PLACES, NETWORK_PLACES } from '../world/places.ts';
import { CANNOT_HAPPEN } from './cannot-happen.ts';

/** Below this many seeds chance alone leaves holes: they are printed, and do not fail the run. */
export const HOLES_COUNT_FROM_SEEDS = 20_000;
/** A verb that is called less often than this per seed is rare: it is hit by luck, and told apart. */
const CALLS_PER_SEED_MIN = 1;

/** Of every verb of the environment that the broker often calls: a death before it, one after it, an error of the disk. */
function expectedOf(coverage: ReadonlyMap<string, number>, seeds: number): string[] {
  const expected: string[] = [];
  for (const kind of [...DISK_PLACES, ...NETWORK_PLACES]) {
    if ((coverage.get(`call: ${kind}`) ?? 0) < seeds * CALLS_PER_SEED_MIN) continue;
    expected.push(`killed before: ${kind}`, `killed after: ${kind}`);
    if (DISK_PLACES.includes(kind)) expected.push(`EIO: ${kind}`);
  }
  for (const [from, targets] of Object.entries(GROUP_TRANSITIONS))
    for (const to of targets) expected.push(`group: ${from} → ${to}`);
  return [...expected, ...STATES];
}

const STATES = [
  'journal file: free → current',
  'journal file: goes on',
  'journal file: used → free',
  'connection: reading → paused',
  'connection: paused → reading',
  'connection: idle → closed',
  'connection: serving → closed',
  'disk: lost write',
  'disk: torn write',
  'disk: lost name',
  'machine: kill',
  'machine: power cut',
  'machine: stall',
  'machine: clock jump',
  'network: split',
  'network: cut',
  'network: held packet',
  'network: held to',
  'network: held from',
  'network: half open',
  'network: a writer must wait',
  'network: reset by a rebooted machine',
  'broker: ended by a disk error',
];

/** What was expected and not reached, verbs that nobody placed faults at, and excuses that no longer hold. */
export function holesOf(coverage: ReadonlyMap<string, number>, seeds: number): string[] {
  const holes = expectedOf(coverage, seeds).filter(
    (what) => !coverage.has(what) && CANNOT_HAPPEN[what] === undefined,
  );
  const known = new Set([...DISK_PLACES, ...NETWORK_PLACES]);
  const unplaced = [...coverage.keys()]
    .filter((key) => key.startsWith('call: ') && !known.has(key.slice('call: '.length)))
    .filter((key) => CANNOT_HAPPEN[key] === undefined);
  const stale = Object.keys(CANNOT_HAPPEN).filter((what) => !what.startsWith('call: ') && coverage.has(what));
  return [
    ...holes,
    ...unplaced.map((key) => `${key} is in no list of world/places.ts`),
    ...stale.map((what) => `${what} was reached: take it out of cannot-happen.ts`),
  ];
}
