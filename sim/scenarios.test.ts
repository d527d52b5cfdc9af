import assert from 'node:assert/strict';
import test from 'node:test';
import { type Bugs, SCENARIOS } from './scenarios/index.ts';

const SEEDS = Number(process.env['GREGOR_SEEDS'] ?? 200);
/** A planted bug must show within so many seeds. */
const SEEDS_TO_FIND = 200;

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  test(`${name}: ${SEEDS} seeds keep every promise`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++)
      await assert.doesNotReject(scenario(seed), `again: node sim/run.ts --scenario ${name} --seed ${seed}`);
  });

  test(`${name}: the same seed gives the same trace`, async () => {
    for (const seed of [1, 2, 3])
      assert.equal((await scenario(seed)).traceHash, (await scenario(seed)).traceHash);
    assert.notEqual((await scenario(1)).traceHash, (await scenario(2)).traceHash);
  });
}

const PLANTED: readonly (keyof Bugs)[] = [
  'acknowledgesBeforeSync',
  'skipsCrcCheck',
  'publishesWhatWasOnlyRead',
  'losesProducerState',
];
for (const bug of PLANTED)
  test(`a planted bug is found: ${bug}`, async () => {
    for (let seed = 1; seed <= SEEDS_TO_FIND; seed++)
      try {
        await SCENARIOS['append-crash-recover']!(seed, { [bug]: true });
      } catch {
        return; // found
      }
    assert.fail(`${SEEDS_TO_FIND} seeds did not find it`);
  });
