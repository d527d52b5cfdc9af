/**
 * Runs scenarios in the simulated world.
 *
 *   node sim/run.ts --scenario broker-under-faults --seed 7     one seed again, with the last of its trace when it fails
 *   node sim/run.ts --seed 7                                    that seed of all scenarios
 *   node sim/run.ts --seeds 5000                                so many seeds, shared among all scenarios
 *   node sim/run.ts --minutes 60                                as many seeds as fit into an hour
 *   node sim/run.ts --seeds 200 --bug skipsCrcCheck             until a planted bug is found: exit code 1 when it is not
 *   node sim/run.ts --planted                                   planted bugs that are known to be found, by test or seed
 *   node sim/run.ts --planted --search --table --seeds 500      how many seeds each takes, as a table; writes them down
 *
 * `--fault 'killed after: rename .new#4'` beside `--seed` puts that fault in where it could come for the fourth time. `--first N`
 * begins elsewhere, `--workers N` uses other than two processes, `--minutes N` beside `--seeds` stops early and says so, `--only
 * PATTERN` names some of the planted bugs, `--coverage FILE` writes what was reached. The last lines tell seeds, events, virtual
 * hours and crashes. A large run of all scenarios puts a fault into a seed at each place where none came by chance, for which a
 * tenth of its time is kept. What fails prints the command that does it again.
 * Exit code 1 when any seed failed, or when a run that is large enough left a hole in its coverage.
 */
import { PLANTED_BUGS } from './bugs/index.ts';
import { placesDue } from './coverage/expected-places.ts';
import { parseFault } from './runner/fault-text.ts';
import { isOfAll, planOf, WEIGHTS } from './runner/plan.ts';
import { findPlanted } from './runner/planted.ts';
import { runInWorkers } from './runner/workers.ts';
import { huntBug, replay } from './runner/single.ts';
import { flag, number, oneOf, readOptions, text, value } from '../scripts/options.ts';

const { values } = readOptions(import.meta.filename, {
  scenario: oneOf(Object.keys(WEIGHTS)),
  seed: number(),
  fault: value('PLACE#N', parseFault),
  seeds: number(),
  first: number(1),
  workers: number(2),
  minutes: number(),
  bug: oneOf(Object.keys(PLANTED_BUGS)),
  planted: flag(),
  search: flag(),
  table: flag(),
  only: value('PATTERN', (pattern) => new RegExp(pattern)),
  coverage: text(),
});

/** More than any run has the time for. */
const ENDLESS_SEEDS = 10_000_000;
const { seeds = 200, seed, fault: directed, first, minutes } = values;

if (values.planted)
  process.exitCode = await findPlanted({
    only: values.only,
    seeds,
    isSearch: values.search,
    wantsTable: values.table,
  });
else if (values.bug !== undefined)
  process.exitCode = await huntBug(values.bug, {
    scenario: values.scenario,
    first,
    seeds,
    seed,
    directed,
  });
else if (seed !== undefined) process.exitCode = await replay(values.scenario, seed, directed);
else {
  const isByTime = minutes !== undefined && values.seeds === undefined;
  const plan = planOf(values.scenario, first, isByTime ? ENDLESS_SEEDS : seeds);
  const result = await runInWorkers(plan, {
    workers: values.workers,
    stopAfterMs: minutes === undefined ? Number.POSITIVE_INFINITY : minutes * 60_000,
    placesDue: (done) => (isOfAll(plan) ? placesDue(done) : []),
  });
  const { report } = await import('./runner/report.ts'); // it loads `src`, which patches must come before
  process.exitCode = report(result, { coverageFile: values.coverage, isByTime });
}
