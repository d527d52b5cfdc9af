/** Holes: places that a large run must reach, and did not. */
import { GROUP_TRANSITIONS } from '../../src/groups/index.ts';
import { CPU_PLACES, DISK_PLACES, NETWORK_PLACES } from '../world/places.ts';
import { CANNOT_HAPPEN } from './cannot-happen.ts';
import { EXPECTED_PLACES, HOLES_FAIL_FROM_SEEDS } from './expected-places.ts';

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
  'frame: refers to a segment',
  'frame: takes its batches back',
  'frame: moves behind one that takes its batches back',
  'start: a segment that only the journal names',
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

export interface Holes {
  /** States and transitions that were not reached, verbs in no list of places, excuses that no longer hold. */
  readonly states: readonly string[];
  /** Deaths and errors at places where none came. */
  readonly places: readonly string[];
}

/** What was expected and not reached. */
export function holesOf(coverage: ReadonlyMap<string, number>): Holes {
  const missing = (what: string) => !coverage.has(what) && CANNOT_HAPPEN[what] === undefined;
  const known = new Set([...DISK_PLACES, ...NETWORK_PLACES, ...CPU_PLACES]);
  const unplaced = [...coverage.keys()]
    .filter((key) => key.startsWith('call: '))
    .map((key) => key.slice('call: '.length))
    .filter((kind) => !known.has(kind) && CANNOT_HAPPEN[`killed before: ${kind}`] === undefined);
  const stale = Object.keys(CANNOT_HAPPEN).filter((what) => coverage.has(what));
  return {
    states: [
      ...expectedStates().filter(missing),
      ...unplaced.map((kind) => `call: ${kind} is in no list of world/places.ts`),
      ...stale.map((what) => `${what} was reached: take it out of cannot-happen.ts`),
    ],
    places: EXPECTED_PLACES.filter((place) => !coverage.has(place)),
  };
}

/** Those that fail a run of so many seeds of all scenarios. */
export function failingHoles({ states, places }: Holes, seeds: number): readonly string[] {
  return [
    ...(seeds >= HOLES_FAIL_FROM_SEEDS.states ? states : []),
    ...(seeds >= HOLES_FAIL_FROM_SEEDS.places ? places : []),
  ];
}
