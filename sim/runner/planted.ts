/**
 * All planted bugs, each in processes of its own: is it found, and by what?
 *
 *   scenario    the seed that is written down in bugs/seeds.json; when the world has changed since, seeds from 1 on
 *   unit test   for what no scenario can meet: the bug is put in, and a test must fail in a file that passes as it is
 */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PLANTED_BUGS, type PlantedBug } from '../bugs/index.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SEEDS_FILE = path.join(ROOT, 'sim/bugs/seeds.json');
const FINDERS = 2;
/** A test that a bug makes hang is no finding. */
const CHILD_MS_MAX = 15 * 60_000;
const TEST_MS_MAX = 3 * 60_000;

export interface Found {
  readonly name: string;
  readonly bug: PlantedBug;
  /** The first seed that found it; undefined: a unit test did, or nobody. */
  readonly seed: number | undefined;
  /** What was said; undefined: nobody noticed. */
  readonly told: string | undefined;
}

export interface PlantedOptions {
  /** Part of the names; all when absent. */
  readonly only?: RegExp | undefined;
  /** Seeds that a search takes at most. */
  readonly seeds: number;
  /** Searches for every bug anew, whatever seed is known. */
  readonly isSearch: boolean;
  /** Writes down the seeds, and prints a table. */
  readonly wantsTable: boolean;
}

/** Those that are known to be found, or all in a search. Answers the exit code: 0 when all were found. */
export async function findPlanted(options: PlantedOptions): Promise<number> {
  const known = knownSeeds();
  const bugs = Object.entries(PLANTED_BUGS).filter(
    ([name, { finder }]) =>
      (options.only?.test(name) ?? true) &&
      (options.isSearch || 'test' in finder || known[name] !== undefined),
  );
  const found = new Map<string, Found>();
  const queue = bugs.values();
  const serve = async () => {
    for (const [name, bug] of queue) {
      const one = await find(name, bug, options.isSearch ? undefined : known[name], options.seeds);
      found.set(name, one);
      if (options.wantsTable) writeSeeds([...found.values()]);
      console.log(lineOf(one, known[name]));
    }
  };
  await Promise.all(Array.from({ length: FINDERS }, serve));
  const all = bugs.map(([name]) => found.get(name)!);
  if (options.wantsTable) console.log(`\n${tableOf(all)}`);
  const missed = all.filter(({ told }) => told === undefined);
  console.log(`${all.length} planted bugs, ${missed.length} not found`);
  return missed.length === 0 ? 0 : 1;
}

export function knownSeeds(): Record<string, number> {
  return JSON.parse(readFileSync(SEEDS_FILE, 'utf8')) as Record<string, number>;
}

export async function find(
  name: string,
  bug: PlantedBug,
  known: number | undefined,
  seeds: number,
): Promise<Found> {
  if ('test' in bug.finder)
    return { name, bug, seed: undefined, told: await failingTest(name, bug.finder.test) };
  const hunts =
    known === undefined
      ? [[1, seeds]]
      : [
          [known, 1],
          [1, seeds],
        ];
  for (const [first, count] of hunts) {
    const output = await run(['sim/run.ts', '--bug', name, '--first', `${first}`, '--seeds', `${count}`]);
    const match = /found by seed (\d+): (.*)/.exec(output);
    if (match !== null) return { name, bug, seed: Number(match[1]), told: match[2]! };
  }
  return { name, bug, seed: undefined, told: undefined };
}

async function failingTest(name: string, file: string): Promise<string | undefined> {
  const output = await run(['--import', './sim/bugs/plant.ts', '--test-reporter=tap', file], name);
  return /^ *not ok \d+ - (.*)$/m.exec(output)?.[1];
}

/**
 * What Node prints; it may end as it likes. `planted`: the bug that plant.ts puts in. A test runner that runs us is not told to the
 * child: it would report to that one instead of printing.
 */
function run(args: readonly string[], planted = ''): Promise<string> {
  const options = {
    cwd: ROOT,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, GREGOR_PLANTED_BUG: planted },
    timeout: planted === '' ? CHILD_MS_MAX : TEST_MS_MAX,
    maxBuffer: 64 * 1024 * 1024,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (_error, stdout, stderr) => resolve(`${stdout}\n${stderr}`));
  });
}

function lineOf({ name, bug, seed, told }: Found, known: number | undefined): string {
  if (told === undefined) return `NOT FOUND  ${name}`;
  if ('test' in bug.finder) return `found      ${name} by ${bug.finder.test}: ${told}`;
  const moved = known !== undefined && seed !== known ? ` (was ${known}: --table writes it down)` : '';
  return `found      ${name} by seed ${seed}${moved}: ${told}`;
}

function writeSeeds(all: readonly Found[]): void {
  const seeds = new Map(Object.entries(knownSeeds()).filter(([name]) => PLANTED_BUGS[name] !== undefined));
  for (const { name, seed } of all)
    if (seed === undefined) seeds.delete(name);
    else seeds.set(name, seed);
  const names = Object.keys(PLANTED_BUGS).filter((name) => seeds.has(name));
  const lines = names.map((name) => `  ${JSON.stringify(name)}: ${seeds.get(name)}`);
  writeFileSync(SEEDS_FILE, `{\n${lines.join(',\n')}\n}\n`);
}

/** For docs/testing/planted-bugs.md. */
function tableOf(all: readonly Found[]): string {
  const rows = all.map(({ name, bug, seed, told }) => {
    const by = 'test' in bug.finder ? `\`${path.basename(bug.finder.test)}\`` : bug.finder.scenario;
    const seeds = told === undefined ? '**not found**' : (seed ?? 'unit test');
    return `| \`${name}\` | ${bug.what} | ${bug.breaks.join(', ')} | ${by} | ${seeds} | ${shortened(told ?? '')} |`;
  });
  return [
    '| bug | what goes wrong | breaks | found by | seeds | what was said |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function shortened(told: string): string {
  const plain = told
    .replace(/^(Violation|SimulationFailed|Error): /, '')
    .replaceAll('|', '/')
    .replaceAll('\0', ' ');
  return plain.length > 120 ? `${plain.slice(0, 119)}…` : plain;
}
