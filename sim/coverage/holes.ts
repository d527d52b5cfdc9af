/** Holes: places that a large run must reach, and did not. */
import { GROUP_TRANSITIONS } from '../../src/groups/index.ts';
import { CPU_PLACES, DISK_PLACES, NETWORK_PLACES } from '../world/places.ts';
import { CANNOT_HAPPEN } from './cannot-happen.ts';

/**
 * From how many seeds of all scenarios on a hole fails the run; below, chance alone leaves some, which are printed on request. In
 * 2,000 seeds the rarest state came up 39 times, but 36 of the deaths and errors at chosen places did not come up at all.
 */
const FAILS_FROM_SEEDS = { states: 1_000, places: 20_000 } as const;
/** A verb that is called less often than this per seed is rare: it is hit by luck, and told apart. */
const CALLS_PER_SEED_MIN = 1;

export interface Holes {
  /** States and transitions that were not reached, verbs in no list of places, excuses that no longer hold. */
  readonly states: readonly string[];
  /** Deaths and errors at places where none came. */
  readonly places: readonly string[];
}

/** Of every verb of the environment that the broker often calls: a death before it, one after it, an error of the disk. */
function expectedPlaces(coverage: ReadonlyMap<string, number>, seeds: number): string[] {
  const expected: string[] = [];
  for (const kind of [...DISK_PLACES, ...NETWORK_PLACES, ...CPU_PLACES]) {
    if ((coverage.get(`call: ${kind}`) ?? 0) < seeds * CALLS_PER_SEED_MIN) continue;
    expected.push(`killed before: ${kind}`, `killed after: ${kind}`);
    if (DISK_PLACES.includes(kind)) expected.push(`EIO: ${kind}`);
  }
  return expected;
}

function expectedStates(): string[] {
  const expected = [...STATES];
  for (const [from, targets] of Object.entries(GROUP_TRANSITIONS))
    for (const to of targets) expected.push(`group: ${from} → ${to}`);
  return expected;
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

/** What was expected and not reached. */
export function holesOf(coverage: ReadonlyMap<string, number>, seeds: number): Holes {
  const missing = (what: string) => !coverage.has(what) && CANNOT_HAPPEN[what] === undefined;
  const known = new Set([...DISK_PLACES, ...NETWORK_PLACES, ...CPU_PLACES]);
  const unplaced = [...coverage.keys()]
    .filter((key) => key.startsWith('call: ') && !known.has(key.slice('call: '.length)))
    .filter((key) => CANNOT_HAPPEN[key] === undefined);
  const stale = Object.keys(CANNOT_HAPPEN).filter((what) => !what.startsWith('call: ') && coverage.has(what));
  return {
    states: [
      ...expectedStates().filter(missing),
      ...unplaced.map((key) => `${key} is in no list of world/places.ts`),
      ...stale.map((what) => `${what} was reached: take it out of cannot-happen.ts`),
    ],
    places: expectedPlaces(coverage, seeds).filter(missing),
  };
}

/** Those that fail a run of so many seeds of all scenarios. */
export function failingHoles({ states, places }: Holes, seeds: number): readonly string[] {
  return [
    ...(seeds >= FAILS_FROM_SEEDS.states ? states : []),
    ...(seeds >= FAILS_FROM_SEEDS.places ? places : []),
  ];
}
