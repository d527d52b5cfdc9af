import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Environment } from '../src/env/index.ts';
import { Simulation } from '../src/env/sim/index.ts';
import { HOLES_FAIL_FROM_SEEDS } from './coverage/expected-places.ts';
import { holesOf } from './coverage/holes.ts';
import { parseFault } from './runner/fault-text.ts';
import { WEIGHTS } from './runner/plan.ts';
import { report } from './runner/report.ts';
import { runSeeds } from './runner/seeds.ts';
import { type Rerun, Sightings } from './runner/sightings.ts';
import { type RunResult, runInWorkers } from './runner/workers.ts';
import type { Scenario } from './scenarios/index.ts';

const RUN = path.join(import.meta.dirname, 'run.ts');
const REPLACEMENTS = 3;
const NAMES = { scenario: 'replacing', first: 1, last: 2 } as const;

/** Replaces a file a few times, and tells each time. A careless one tells it before the new file has its name. */
function replacing({ isCareless }: { readonly isCareless: boolean }): Scenario {
  return async (seed, directed) => {
    const sim = new Simulation(seed, { trapAmbient: false });
    const { broker } = sim;
    broker.occasions.directed = directed;
    broker.occasions.open({ death: 'power cut', error: true, fullDisk: true });
    let told = 0;
    await sim.run(async () => {
      replace(sim.boot(), isCareless, (n) => (told = n)).catch(() => broker.kill());
      await sim.clock.sleep(1_000);
      broker.occasions.open(undefined);
      broker.powerCut();
      const found = await contentOf(sim.boot());
      if (found < told) throw new Error(`${told} was told, ${found} is there`);
    });
    const { traceHash, events, time: virtualMs, coverage } = sim;
    return {
      traceHash,
      events,
      virtualMs,
      coverage,
      lives: 2,
      acknowledged: told,
      occasions: broker.occasions.counts,
    };
  };
}

async function replace({ disk }: Environment, isCareless: boolean, tell: (n: number) => void): Promise<void> {
  for (let n = 1; n <= REPLACEMENTS; n++) {
    const file = await disk.open('a.new', { create: true });
    await file.write(0, [Buffer.from(String(n))]);
    await file.sync();
    await file.close();
    if (isCareless) tell(n);
    await disk.rename('a.new', 'a');
    await disk.syncDirectory('');
    tell(n);
  }
}

async function contentOf({ disk }: Environment): Promise<number> {
  if (!(await disk.list('')).includes('a')) return 0;
  const file = await disk.open('a');
  return Number((await file.read(0, file.size)).toString());
}

/** As the workers do it: all seeds, then the reruns of what they missed. */
async function missedThenRerun(scenario: Scenario, places: readonly string[]) {
  const random = await runSeeds(NAMES, scenario);
  const sightings = new Sightings();
  sightings.add(NAMES.scenario, random.sightings);
  const reruns = sightings.reruns(places);
  const results = [];
  for (const rerun of reruns) results.push(await runSeeds(rerun, scenario));
  return { random, reruns, results };
}

const PLACES = [
  'killed before: rename .new',
  'killed after: rename .new',
  'EIO: sync .new',
  'ENOSPC: write .new',
  'killed before: truncate .new',
];

test('a missed place that some seed came by is reached by running that seed again; one that was never called is not', async () => {
  const { random, reruns, results } = await missedThenRerun(replacing({ isCareless: false }), PLACES);
  const reached = new Map(random.coverage);
  assert.deepEqual(random.failures, []);
  assert.ok(PLACES.every((place) => !reached.has(place)));
  assert.deepEqual(
    reruns.map(({ directed }) => directed),
    [
      { place: 'killed before: rename .new', nth: 2 },
      { place: 'killed after: rename .new', nth: 2 },
      { place: 'EIO: sync .new', nth: 2 },
      // A file that is made anew grows each time.
      { place: 'ENOSPC: write .new', nth: 2 },
    ],
  );
  for (const [n, { coverage, failures, totals }] of results.entries()) {
    assert.deepEqual(failures, []);
    assert.ok(new Map(coverage).has(PLACES[n]!), PLACES[n]);
    assert.ok(totals.events > 0);
  }
});

test('what a directed fault breaks is told, with the command that does it again, and fails the run', async (context) => {
  const { random, results } = await missedThenRerun(replacing({ isCareless: true }), PLACES.slice(0, 1));
  assert.deepEqual(random.failures, []);
  const { failures } = results[0]!;
  assert.match(failures[0]!.message, /^Error: 2 was told, 1 is there/);
  const { code, told } = reported(context, { failures, coverage: allReached() });
  assert.equal(code, 1);
  assert.match(told, /replacing, seed 1 with 'killed before: rename \.new#2': Error: 2 was told, 1 is there/);
  assert.match(told, /again: .* --scenario replacing --seed 1 --fault 'killed before: rename \.new#2'$/m);
  assert.match(told, /^2000 seeds, 1 violations$/m);
});

test('a fault that does not come when a seed is run again is a failure: the seed went two ways', async () => {
  const directed = { place: 'killed before: rename .new', nth: REPLACEMENTS + 1 };
  const rerun: Rerun = { scenario: 'replacing', first: 1, last: 1, directed };
  const { failures } = await runSeeds(rerun, replacing({ isCareless: false }));
  assert.deepEqual(
    failures.map(({ message }) => message),
    ['the fault did not come: a seed went two ways'],
  );
});

test('a place that no call came by fails a large run, by name', (context) => {
  const coverage = allReached();
  assert.equal(reported(context, { coverage }).code, 0);
  coverage.delete('EIO: sync .index');
  const { code, told } = reported(context, { coverage });
  assert.equal(code, 1);
  assert.match(told, /^ {2}not reached: EIO: sync \.index$/m);
  assert.equal(reported(context, { coverage, seeds: HOLES_FAIL_FROM_SEEDS.places - 1 }).code, 0);
  const failures = [
    { scenario: 'x', seed: 1, directed: { place: 'EIO: sync .index', nth: 1 }, message: 'a promise' },
  ];
  assert.doesNotMatch(reported(context, { coverage, failures }).told, /not reached/, 'it is told once');
});

test('workers run seeds again for the places that are due', async () => {
  const due = ['killed before: write journal', 'killed after: sync journal', 'killed before: lock'];
  const result = await runInWorkers([{ scenario: 'broker-under-faults', first: 1, last: 2 }], {
    workers: 2,
    stopAfterMs: Number.POSITIVE_INFINITY,
    placesDue: (seeds) => (seeds === 2 ? due : []),
  });
  assert.deepEqual(result.failures, []);
  assert.deepEqual(
    due.filter((place) => !result.coverage.has(place)),
    [],
  );
  assert.ok(result.reruns.wanted > 0);
  assert.equal(result.reruns.done, result.reruns.wanted);
  assert.equal(result.seeds, 2);
});

test('a fault can be typed: the seed runs with it, or is said not to come by', () => {
  assert.deepEqual(parseFault('killed after: rename .new#4'), { place: 'killed after: rename .new', nth: 4 });
  assert.throws(() => parseFault('rename .new'), /^Error: looks like/);
  const seed = [RUN, '--scenario', 'broker-under-faults', '--seed', '1'];
  const one = spawnSync(process.execPath, [...seed, '--fault', 'killed before: sync journal#5'], {
    encoding: 'utf8',
  });
  assert.equal(one.status, 0, one.stderr);
  assert.match(one.stdout, /^trace /);
  const none = spawnSync(process.execPath, [...seed, '--fault', 'killed before: lock#1000'], {
    encoding: 'utf8',
  });
  assert.equal(none.status, 2);
  assert.match(none.stderr, /The fault did not come: 'killed before: lock' has \d+ occasions/);
  assert.match(none.stdout, /^trace /);
  assert.notEqual(one.stdout, none.stdout);
});

function allReached(): Map<string, number> {
  const { states, places } = holesOf(new Map());
  return new Map([...states, ...places].map((what) => [what, 1]));
}

function reported(context: TestContext, some: Partial<RunResult>) {
  const lines: string[] = [];
  const mocks = (['log', 'error'] as const).map((name) =>
    context.mock.method(console, name, (line: string) => lines.push(line)),
  );
  const total = { seeds: 0, events: 0, virtualMs: 0, lives: 0, acknowledged: 0 };
  const result: RunResult = {
    seeds: HOLES_FAIL_FROM_SEEDS.places,
    wanted: HOLES_FAIL_FROM_SEEDS.places,
    seconds: 1,
    totals: new Map(Object.keys(WEIGHTS).map((name) => [name, total])),
    failures: [],
    coverage: new Map(),
    reruns: { wanted: 0, done: 0 },
    sightings: new Sightings(),
    ...some,
  };
  const code = report(result, { coverageFile: undefined, isByTime: false });
  for (const { mock } of mocks) mock.restore();
  return { code, told: lines.join('\n') };
}
