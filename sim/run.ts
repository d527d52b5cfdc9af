/**
 * Runs scenarios in the simulated world.
 *
 *   node sim/run.ts --scenario broker-under-faults --seed 7     one seed again, with the last of its trace when it fails
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
import { parseArgs } from 'node:util';
import { placesDue } from './coverage/expected-places.ts';
import { parseFault } from './runner/fault-text.ts';
import { isOfAll, planOf } from './runner/plan.ts';
import { findPlanted } from './runner/planted.ts';
import { runInWorkers } from './runner/workers.ts';
import { huntBug, replay } from './runner/single.ts';

const { values } = parseArgs({
  options: {
    scenario: { type: 'string' },
    seed: { type: 'string' },
    fault: { type: 'string' },
    seeds: { type: 'string' },
    first: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    minutes: { type: 'string' },
    bug: { type: 'string' },
    planted: { type: 'boolean', default: false },
    search: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
    only: { type: 'string' },
    coverage: { type: 'string' },
  },
});

/** More than any run has the time for. */
const ENDLESS_SEEDS = 10_000_000;
const seeds = Number(values.seeds ?? 200);
const directed = values.fault === undefined ? undefined : parseFault(values.fault);

if (values.planted)
  process.exitCode = await findPlanted({
    only: values.only === undefined ? undefined : new RegExp(values.only),
    seeds,
    isSearch: values.search,
    wantsTable: values.table,
  });
else if (values.bug !== undefined)
  process.exitCode = await huntBug(values.bug, {
    scenario: values.scenario,
    first: Number(values.first),
    seeds,
    seed: values.seed === undefined ? undefined : Number(values.seed),
    directed,
  });
else if (values.seed !== undefined)
  process.exitCode = await replay(values.scenario, Number(values.seed), directed);
else {
  const { minutes } = values;
  const isByTime = minutes !== undefined && values.seeds === undefined;
  const plan = planOf(values.scenario, Number(values.first), isByTime ? ENDLESS_SEEDS : seeds);
  const result = await runInWorkers(plan, {
    workers: Number(values.workers),
    stopAfterMs: minutes === undefined ? Number.POSITIVE_INFINITY : Number(minutes) * 60_000,
    placesDue: (done) => (isOfAll(plan) ? placesDue(done) : []),
  });
  const { report } = await import('./runner/report.ts'); // it loads `src`, which patches must come before
  process.exitCode = report(result, { coverageFile: values.coverage, isByTime });
}
