import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { BUGS_OF_ROOMS, PLANTED_BUGS } from './bugs/index.ts';
import { checkPatches } from './patches/patch.ts';
import { find, knownSeeds } from './runner/planted.ts';
import { SCENARIOS } from './scenarios/index.ts';

/** One of each kind, cheap to find; CI looks for all of them. */
const SHARE = [
  'acknowledgesBeforeSync',
  'keepsTheLeaderEpoch',
  'skipsToTheNextBatch',
  'marksCleanAtTheFirstCheckpoint',
  'losesBytesBehindAFrame',
];
/** When the world has changed since the seed was written down. */
const SEEDS_TO_FIND = 60;

test('a planted bug is one patch or a few that fit, names the promises it breaks, what was thought, and who finds it', () => {
  for (const [name, { breaks, finder, patches, thought, what }] of Object.entries(PLANTED_BUGS)) {
    checkPatches(patches);
    assert.ok(breaks.length > 0 && breaks.every((id) => /^[A-Z][0-9]+$/.test(id)), name);
    assert.ok(what.length > 10 && thought.endsWith('.'), name);
    if ('test' in finder) assert.ok(existsSync(path.join(import.meta.dirname, '..', finder.test)), name);
    else assert.ok(SCENARIOS[finder.scenario] !== undefined, name);
  }
  assert.ok(Object.keys(PLANTED_BUGS).length >= 25);
});

test('no two planted bugs have the same name: of two only one would ever be looked for', () => {
  const names = BUGS_OF_ROOMS.flatMap((room) => Object.keys(room));
  assert.deepEqual(
    names.filter((name, n) => names.indexOf(name) < n),
    [],
  );
});

for (const name of SHARE)
  test(`a planted bug is found: ${name}`, async () => {
    const { told } = await find(name, PLANTED_BUGS[name]!, knownSeeds()[name], SEEDS_TO_FIND);
    assert.ok(told !== undefined, 'nobody noticed');
  });
