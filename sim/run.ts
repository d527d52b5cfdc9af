/**
 * Runs scenarios in the simulated world.
 *
 *   node sim/run.ts --scenario append-crash-recover --seed 7
 *   node sim/run.ts --seeds 3000                      every scenario, seeds 1 to 3000
 *   node sim/run.ts --seeds 50 --bug skipsCrcCheck     with a planted bug: the run should fail
 *
 * A failing seed prints the command that replays it. Exit code 1 when any failed.
 */
import { parseArgs } from 'node:util';
import { SCENARIOS } from './scenarios/index.ts';

const { values } = parseArgs({
  options: {
    scenario: { type: 'string' },
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    bug: { type: 'string' },
  },
});
const first = Number(values.seed ?? 1);
const last = values.seed === undefined ? Number(values.seeds) : first;
const names = values.scenario === undefined ? Object.keys(SCENARIOS) : [values.scenario];
const bugs = values.bug === undefined ? {} : { [values.bug]: true };
let failed = 0;
for (const name of names) {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) {
    console.error(`There is no scenario '${name}'; there are: ${Object.keys(SCENARIOS).join(', ')}`);
    process.exit(2);
  }
  let acknowledged = 0;
  let lives = 0;
  for (let seed = first; seed <= last; seed++)
    try {
      const outcome = await scenario(seed, bugs);
      acknowledged += outcome.acknowledged;
      lives += outcome.lives;
      if (first === last) console.log(`trace ${outcome.traceHash}`);
    } catch (error) {
      failed++;
      console.error(`${name}, seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
      console.error(
        `  again: node sim/run.ts --scenario ${name} --seed ${seed}${values.bug === undefined ? '' : ` --bug ${values.bug}`}`,
      );
    }
  console.log(
    `${name}: ${last - first + 1} seeds · ${lives} lives · ${acknowledged} acknowledged batches · ${failed} violations`,
  );
}
process.exitCode = failed === 0 ? 0 : 1;
