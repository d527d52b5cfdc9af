/**
 * The house rules that a machine can check. Each message says what to do instead.
 *
 * THINK HARD ABOUT THE ARCHITECTURE BEFORE CHANGING `ROOMS`: it is the map of the codebase (ARCHITECTURE.md).
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';

/** room -> the rooms whose door (index.ts) it may import. Pure rooms never reach `env`. */
const ROOMS: Record<string, readonly string[]> = {
  base: [],
  config: ['base'],
  protocol: ['base'],
  canonical: ['base'],
  env: ['base'],
  rpc: ['base', 'config', 'env', 'protocol'],
  groups: ['base', 'config', 'protocol'],
  transactions: ['base', 'protocol'],
  streams: ['base', 'canonical'],
  'pipeline-text': ['base', 'canonical', 'streams'],
  journal: ['base', 'config', 'env', 'protocol'],
  log: ['base', 'config', 'env', 'protocol'],
  cluster: ['base', 'config', 'env', 'protocol', 'journal', 'partition'],
  partition: ['base', 'config', 'env', 'protocol', 'journal', 'log'],
  checks: ['base', 'canonical', 'env', 'protocol'],
  backup: ['base', 'env', 'log'],
  inspect: ['base', 'env', 'protocol', 'journal', 'log', 'cluster'],
  coordinator: ['base', 'config', 'env', 'protocol', 'partition', 'groups', 'transactions'],
  pipelines: ['base', 'env', 'protocol', 'streams', 'cluster', 'partition', 'coordinator', 'broker'],
  broker: [
    'base',
    'config',
    'env',
    'protocol',
    'rpc',
    'groups',
    'transactions',
    'cluster',
    'journal',
    'partition',
    'coordinator',
    'checks',
  ],
  server: [
    'base',
    'config',
    'env',
    'protocol',
    'rpc',
    'journal',
    'log',
    'cluster',
    'partition',
    'groups',
    'transactions',
    'coordinator',
    'checks',
    'broker',
  ],
  embed: ['base', 'config', 'env', 'protocol', 'streams', 'pipelines', 'server'],
  cli: [
    'base',
    'config',
    'protocol',
    'canonical',
    'checks',
    'env',
    'log',
    'backup',
    'inspect',
    'server',
    'embed',
    'streams',
    'pipeline-text',
    'pipelines',
  ],
  testing: ['env', 'server', 'embed'],
};

/** Adapters of env that the composition roots may name: one world is chosen there. */
const SECOND_DOORS = new Set(['env/node/index.ts', 'env/sim/index.ts', 'env/memory/index.ts']);
const ROOTS = new Set(['server', 'embed', 'cli', 'testing']);
/** Pure rooms import nothing of Node but what computes. */
const PURE = new Set(['base', 'config', 'protocol', 'groups', 'transactions', 'streams', 'pipeline-text']);

const BANNED: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bDate\.now\(|new Date\(\)|performance\.now\(|process\.hrtime/, 'env.clock'],
  [/\bsetTimeout\(|\bsetInterval\(|\bsetImmediate\(/, 'env.clock.sleep'],
  [/\bMath\.random\(|\brandomUUID\(|\brandomBytes\(/, 'env.random'],
  [/from 'node:(fs|net|tls|dns|worker_threads|child_process|http)/, 'env.disk or env.network'],
  [/\bconsole\./, 'an EventSink of base/events.ts'],
  [/\bnew Function\(|\beval\(/, 'plain code (protocol/compile.ts alone may compile schemas)'],
  [/\b(FIXME|XXX)\b|\bTODO\b(?!\(#\d+\))/, 'nothing: finish it before the merge, or name its issue'],
  [/catch\s*(\([^)]*\))?\s*\{\s*\}/, 'an answer, an event, or a comment that says why silence is right'],
];
/** The program itself: it talks to a terminal, starts processes, reads its options. */
const MAY_TOUCH_THE_WORLD = [/^env\/(node|sim)\//, /^cli\//];
const MAY_COMPILE = 'protocol/compile.ts';
const FILE_LINES_MAX = 500;

const root = import.meta.dirname;
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && file.includes(path.sep))
  .map((file) => file.split(path.sep).join('/'))
  .sort()
  .map((file) => ({ file, room: file.split('/')[0]!, text: readFileSync(path.join(root, file), 'utf8') }));

const isTest = (file: string) => file.endsWith('.test.ts');
const importsOf = (file: string, text: string) =>
  [...text.matchAll(/(?:from|import|import\()\s*'(\.[^']+)'/g)].map(([, specifier]) =>
    path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier!)),
  );

test('rooms import only the doors of the rooms below them', () => {
  const errors: string[] = [];
  for (const { file, room, text } of files) {
    if (isTest(file)) continue;
    const allowed = ROOMS[room];
    if (allowed === undefined) {
      errors.push(`${file}: room '${room}' is not on the map (ROOMS in src/tidy.test.ts)`);
      continue;
    }
    for (const target of importsOf(file, text)) {
      const targetRoom = target.split('/')[0]!;
      if (targetRoom === room) continue;
      if (target.startsWith('..')) errors.push(`${file}: leaves src (${target})`);
      else if (!allowed.includes(targetRoom)) errors.push(`${file}: ${room} must not know ${targetRoom}`);
      else if (SECOND_DOORS.has(target) && ROOTS.has(room)) continue;
      else if (target !== `${targetRoom}/index.ts`)
        errors.push(`${file}: enter ${targetRoom} by its door, not ${target}`);
    }
  }
  assert.deepEqual(errors, []);
});

test('no file imports itself through others: no cycles', () => {
  const graph = new Map(
    files.filter((f) => !isTest(f.file)).map((f) => [f.file, valueImports(f.file, f.text)]),
  );
  const state = new Map<string, 'open' | 'done'>();
  const errors: string[] = [];
  const visit = (file: string, trail: string[]) => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      errors.push(`cycle: ${[...trail.slice(trail.indexOf(file)), file].join(' → ')}`);
      return;
    }
    state.set(file, 'open');
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    state.set(file, 'done');
  };
  for (const file of graph.keys()) visit(file, []);
  assert.deepEqual(errors, []);
});

/** Imports that exist when the program runs: `import type` may go in circles, values may not. */
function valueImports(file: string, text: string): string[] {
  return importsOf(file, text.replaceAll(/(?:import|export) type [^;]*;/g, ''));
}

test('nothing outside env touches time, chance, disk or network', () => {
  const errors: string[] = [];
  for (const { file, text } of files) {
    if (isTest(file) || MAY_TOUCH_THE_WORLD.some((pattern) => pattern.test(file))) continue;
    for (const [pattern, instead] of BANNED) {
      const found = text.match(pattern);
      if (found !== null && !(file === MAY_COMPILE && found[0].startsWith('new Function')))
        errors.push(`${file}: '${found[0]}' is banned, use ${instead}`);
    }
  }
  assert.deepEqual(errors, []);
});

test('pure rooms know no promise and no clock', () => {
  const errors: string[] = [];
  for (const { file, room, text } of files) {
    if (isTest(file) || !PURE.has(room) || file.startsWith('protocol/compression')) continue;
    if (room !== 'base' && /\basync\b|\bawait\b|\bPromise\b/.test(text))
      errors.push(`${file}: ${room} is pure: decide, do not wait`);
  }
  assert.deepEqual(errors, []);
});

test('every file opens with a header and fits in the head', () => {
  const errors: string[] = [];
  for (const { file, text } of files) {
    const lines = text.split('\n').length - 1;
    if (lines > FILE_LINES_MAX)
      errors.push(`${file}: ${lines} lines, at most ${FILE_LINES_MAX}: split it by the nouns it holds`);
    if (!isTest(file) && !text.startsWith('/**'))
      errors.push(`${file}: no header comment (what it is, a picture, invariants)`);
  }
  assert.deepEqual(errors, []);
});

test('names say what a file holds', () => {
  const errors: string[] = [];
  for (const { file, text } of files) {
    if (/(^|\/)(utils?|helpers?|common|misc|manager)(\.|\/|-)/i.test(file))
      errors.push(`${file}: name the noun it holds`);
    const found = text.match(/\bclass \w*(Manager|Helper|Util|Impl)\b/);
    if (found !== null) errors.push(`${file}: '${found[0]}' says nothing; name the duty`);
  }
  assert.deepEqual(errors, []);
});

test('every file is reached: no dead files', () => {
  const imported = new Set(files.flatMap(({ file, text }) => importsOf(file, text)));
  const dead = files
    .map((f) => f.file)
    .filter(
      (file) =>
        !isTest(file) &&
        !imported.has(file) &&
        path.posix.basename(file) !== 'index.ts' &&
        file !== 'cli/main.ts',
    );
  assert.deepEqual(dead, []);
});

/** Of Node itself, with what they load: a millisecond and a megabyte. */
const HEAVY = new Set(['node:child_process', 'node:readline', 'node:util', 'node:worker_threads']);

test('a start of the program loads no package and nothing that only other commands need', () => {
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const reached = new Set<string>();
  const errors: string[] = [];
  const visit = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    const source = texts.get(file)!;
    if (/[\u0100-\uffff]/.test(source))
      errors.push(`${file}: V8 keeps its text with two bytes a character: keep to Latin-1, or escape`);
    const text = source.replaceAll(/(?:import|export) type [^;]*;/g, '');
    for (const [, specifier] of text.matchAll(/^(?:import|export) (?:[^;'=()]* from )?'([^']+)'/gm))
      if (specifier!.startsWith('.')) visit(path.posix.join(path.posix.dirname(file), specifier!));
      else if (!specifier!.startsWith('node:') || HEAVY.has(specifier!))
        errors.push(`${file}: load ${specifier} at its first use`);
  };
  visit('cli/main.ts');
  visit('cli/start/run-broker.ts');
  visit('cli/folder/admin-socket.ts');
  assert.deepEqual(errors, []);
});
