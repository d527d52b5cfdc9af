/** Holes: places that a large run must reach, and did not. */
import { GROUP_TRANSITIONS } from '../../src/groups/index.ts';
import { CANNOT_HAPPEN } from './cannot-happen.ts';

/** Below this many seeds chance alone leaves holes. */
export const HOLES_COUNT_FROM_SEEDS = 2_000;

/** Of every verb of the environment that the broker called: a death before it, one after it, an error of the disk. */
function expectedOf(coverage: ReadonlyMap<string, number>): string[] {
  const expected: string[] = [];
  for (const key of coverage.keys()) {
    if (!key.startsWith('call: ')) continue;
    const kind = key.slice('call: '.length);
    expected.push(`killed before: ${kind}`, `killed after: ${kind}`);
    if (!/^(socket|connect|listen)/.test(kind)) expected.push(`EIO: ${kind}`);
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

/** What was expected and not reached, and excuses that no longer hold. */
export function holesOf(coverage: ReadonlyMap<string, number>): string[] {
  const holes = expectedOf(coverage).filter(
    (what) => !coverage.has(what) && CANNOT_HAPPEN[what] === undefined,
  );
  const stale = Object.keys(CANNOT_HAPPEN).filter((what) => coverage.has(what));
  return [...holes, ...stale.map((what) => `${what} was reached: take it out of cannot-happen.ts`)];
}
