import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { flag, number, numbers, oneOf, parse, text, value } from './options.ts';

const ROOT = path.join(import.meta.dirname, '..');
const PROGRAM = path.join(ROOT, 'sim', 'run.ts');
const OPTIONS = {
  seeds: number(200),
  first: number(),
  sizes: numbers([1, 2]),
  name: text('x'),
  target: oneOf(['gregor', 'kafka'], 'gregor'),
  only: value('PATTERN', (given) => new RegExp(given)),
  quick: flag(),
};

test('options have their types and defaults', () => {
  const { values } = parse(OPTIONS, ['--seeds', '3', '--sizes=0.5,7', '--only', '^a', '--quick']);
  assert.deepEqual(values, {
    seeds: 3,
    first: undefined,
    sizes: [0.5, 7],
    name: 'x',
    target: 'gregor',
    only: /^a/,
    quick: true,
  });
  assert.deepEqual(parse({}, ['P1', 'P3'], true).words, ['P1', 'P3']);
});

test('what is not understood is said in one line that names the option', () => {
  const refusals: readonly (readonly [string[], RegExp])[] = [
    [['--sedes', '3'], /--sedes/],
    [['--seeds', '1k'], /^--seeds wants a number.*'1k'$/],
    [['--seeds', ''], /^--seeds wants a number/],
    [['--sizes', '1,x'], /^--sizes .*'x'$/],
    [['--target', 'both'], /^--target wants one of gregor, kafka, not 'both'$/],
    [['--only', '('], /^--only .*regular expression/],
    [['--seeds'], /--seeds/],
    [['word'], /word/],
  ];
  for (const [parameters, told] of refusals)
    assert.throws(() => parse(OPTIONS, parameters), { message: told }, parameters.join(' '));
});

test('a program prints its header for --help; for what it does not understand too, with exit code 2 and no stack trace', () => {
  const [help, wrong] = [['--help'], ['--sedes', '7']].map((parameters) =>
    spawnSync(process.execPath, [PROGRAM, ...parameters], { encoding: 'utf8' }),
  );
  assert.deepEqual([help!.status, help!.stderr], [0, '']);
  assert.match(help!.stdout, /^Runs scenarios in the simulated world\.\n\n {2}node sim\/run\.ts --scenario/);
  assert.match(
    help!.stdout,
    /\nOptions of run\.ts: --scenario NAME · .*--seeds N · --first N \(1\) · .*--planted/,
  );
  assert.deepEqual([wrong!.status, wrong!.stdout], [2, '']);
  assert.match(wrong!.stderr, /^.*--sedes.*\n\nRuns scenarios/);
  assert.doesNotMatch(wrong!.stderr, /\n {4}at /);
});

test('every program reads its options here', () => {
  const others = ['sim', 'test', 'bench', 'scripts'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.join(folder, file))
      .filter((file) => readFileSync(path.join(ROOT, file), 'utf8').includes('parse' + 'Args')),
  );
  assert.deepEqual(others, [path.join('scripts', 'options.ts')]);
});
