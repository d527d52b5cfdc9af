import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { CHECKERS } from './checkers/index.ts';
import { NOT_CHECKED_HERE, PROMISES } from './checkers/promises.ts';
import { HOLES_FAIL_FROM_SEEDS } from './coverage/expected-places.ts';
import { failingHoles, holesOf } from './coverage/holes.ts';
import { PROBES } from './coverage/probes.ts';
import { checkPatches, patched } from './patches/patch.ts';
import { WEIGHTS } from './runner/plan.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { strideOf } from './world/nemesis.ts';
import { DISK_PLACES, NETWORK_PLACES } from './world/places.ts';

/** So that every scenario has some; CI runs two thousand. */
const SEEDS = Number(process.env['GREGOR_SEEDS'] ?? 200);
const RUN = path.join(import.meta.dirname, 'run.ts');

async function run(...options: string[]): Promise<{ code: number; output: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [RUN, ...options]);
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

test(`${SEEDS} seeds keep every promise`, async () => {
  const { code, output } = await run('--seeds', String(SEEDS));
  assert.equal(code, 0, output);
  assert.match(output, new RegExp(`^${SEEDS} seeds, 0 violations$`, 'm'));
});

async function traceOf(name: string, seed: number): Promise<string> {
  return (await SCENARIOS[name]!(seed)).traceHash;
}

/** Of seed 2, by scenario. */
const traces = new Map<string, string>();

for (const name of Object.keys(SCENARIOS))
  test(`${name}: the same seed gives the same trace, another one another`, async () => {
    const [one, other] = [await traceOf(name, 1), await traceOf(name, 2)];
    assert.equal(await traceOf(name, 1), one);
    assert.equal(await traceOf(name, 2), other);
    assert.notEqual(one, other);
    traces.set(name, other);
  });

test('a seed gives the same trace in another process, with other hash seeds and another time zone', async () => {
  // All of them in one process: what ran before makes no difference either.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--hash-seed=7', '--random-seed=11', '--max-semi-space-size=1', RUN, '--seed', '2'],
    { env: { ...process.env, TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8' } },
  );
  for (const name of Object.keys(SCENARIOS)) {
    const own = traces.get(name) ?? (await traceOf(name, 2));
    assert.match(stdout, new RegExp(`^${name}: trace ${own}`, 'm'));
  }
});

test('all patches fit the source; one that does not fails loudly', () => {
  checkPatches(PROBES);
  assert.throws(() => patched('a b a', { file: 'x', from: 'a', to: 'c' }), /2 times, not once/);
  assert.throws(() => patched('b', { file: 'x', from: 'a', to: 'c' }), /0 times, not once/);
});

test('every promise has a checker, and every scenario a share of the seeds', () => {
  const checked = new Set(CHECKERS.flatMap(({ promises }) => promises));
  assert.deepEqual(
    PROMISES.filter((id) => !checked.has(id)),
    [],
  );
  assert.deepEqual(
    Object.keys(NOT_CHECKED_HERE).filter((id) => checked.has(id as never)),
    [],
  );
  assert.deepEqual(Object.keys(WEIGHTS).sort(), Object.keys(SCENARIOS).sort());
});

test('the table of promises names every promise, and who checks it', () => {
  const text = readFileSync(path.join(import.meta.dirname, '../docs/guarantees.md'), 'utf8');
  const rows = new Map(
    [...text.matchAll(/^\| ([A-Z][0-9]+) \|.*\| (.*) \|$/gm)].map(([, id, who]) => [id!, who!]),
  );
  const never = () => assert.fail('nothing is violated');
  for (const id of PROMISES) {
    const names = CHECKERS.filter(({ promises }) => promises.includes(id)).map(
      (kind) => kind.make(never).name,
    );
    assert.equal(rows.get(id), names.sort().join(', '), id);
  }
  const notYet = /^there (is|are)/;
  for (const [id, why] of Object.entries(NOT_CHECKED_HERE)) assert.equal(rows.has(id), !notYet.test(why), id);
});

test('a state that a large run did not reach fails it, and so does a fault at a place', () => {
  const empty = holesOf(new Map());
  const whole = new Map([...empty.states, ...empty.places].map((what) => [what, 1] as const));
  assert.deepEqual(holesOf(whole), { states: [], places: [] });
  for (const place of ['killed before: rename .new', 'EIO: sync .index', 'ENOSPC: write .log'])
    assert.ok(whole.delete(place), place);
  const { states, places } = HOLES_FAIL_FROM_SEEDS;
  assert.deepEqual(failingHoles(holesOf(whole), places - 1), []);
  assert.deepEqual(failingHoles(holesOf(whole), places), [
    'killed before: rename .new',
    'EIO: sync .index',
    'ENOSPC: write .log',
  ]);
  whole.delete('disk: torn write');
  whole.set('call: fly', 1);
  whole.set('group: Stable → Dead', 1);
  whole.set('call: truncate journal', 1);
  assert.deepEqual(failingHoles(holesOf(whole), states - 1), []);
  assert.deepEqual(failingHoles(holesOf(whole), states), [
    'disk: torn write',
    'call: fly is in no list of world/places.ts',
    'call: truncate journal was reached: take it out of cannot-happen.ts',
    'group: Stable → Dead was reached: take it out of cannot-happen.ts',
  ]);
});

test('faults are placed everywhere: seeds after each other begin at every place', () => {
  for (const count of [DISK_PLACES.length, DISK_PLACES.length + NETWORK_PLACES.length, 63, 7, 1]) {
    const begins = new Set(Array.from({ length: count }, (_, seed) => (seed * strideOf(count)) % count));
    assert.equal(begins.size, count);
  }
});
