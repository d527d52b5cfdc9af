/** gregor pipeline ... as people use it: the program, its output, its exit code; without a broker. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Ajv } from 'ajv';

const program = path.join(import.meta.dirname, '../../../bin/gregor.mjs');
const streams = path.join(import.meta.dirname, '../../streams/index.ts');

const WRONG_KEY = `pipeline: wrong
deadLetter: dlq.wrong
from: shop.raw
steps:
  - keyBy: value.customerId
    as: by-customer
  - dedupe: { by: value.orderId, window: { time: 24h } }
    as: once
to: shop.orders
tests:
  - name: one of two
    in: [{ value: { orderId: a, customerId: c } }, { value: { orderId: a, customerId: c } }]
    out: [{ key: c }]
  - name: wrong
    in: [{ value: { orderId: a, customerId: c } }]
    out: [{ key: d }]
`;
const IN_TYPESCRIPT = `import { pipeline, serde, topic } from '${streams}'

export const tests = [{ name: 'passes', in: [{ value: { orderId: 'a' } }], out: [{ key: 'a' }] }]
export default pipeline('wrong', { deadLetter: 'dlq.wrong' })
  .from(topic('shop.raw', { value: serde.json<{ orderId: string }>() }))
  .keyBy((r) => r.value.orderId)
  // lint-ok: name, its repartition topic has no state behind it that anybody would miss
  .dedupe({ window: { time: '24h' } })
  .to(topic('shop.orders', { key: serde.text, value: serde.json<{ orderId: string }>() }))
`;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(cwd: string, ...parameters: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [program, 'pipeline', ...parameters], { cwd });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

test('lint and test tell file, line, reason and fix; exit codes are 0, 1 for what is wrong, 2 for what is no pipeline', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-pipeline-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  write('wrong.yaml', WRONG_KEY);
  write(
    'allowed.yaml',
    WRONG_KEY.replace('  - dedupe', '  # lint-ok: partition-key, an order has one customer\n  - dedupe'),
  );
  write('broken.yaml', WRONG_KEY.replace('dedupe', 'dedup'));
  write('right.ts', IN_TYPESCRIPT);
  write('broken.ts', IN_TYPESCRIPT.replace("{ time: '24h' }", '{}'));
  write('none.ts', IN_TYPESCRIPT.replace('export const tests', 'const other'));
  const [wrong, allowed, strict, json, tested, both, none, broken, schema] = await Promise.all([
    run(folder, 'lint', '-b', '127.0.0.1:1', 'wrong.yaml'),
    run(folder, 'lint', '--offline', 'allowed.yaml'),
    run(folder, 'lint', '--offline', '--strict', 'right.ts'),
    run(folder, 'lint', '--offline', '--json', 'broken.yaml', 'broken.ts'),
    run(folder, 'test', 'wrong.yaml'),
    run(folder, 'test', 'right.ts'),
    run(folder, 'test', 'none.ts'),
    run(folder, 'plan', 'broken.yaml'),
    run(folder, 'schema'),
  ]);
  assert.equal(
    wrong.out,
    'wrong.yaml:7:5: error: dedupe by orderId, but records are keyed by customerId: add before it: - keyBy: value.orderId  [partition-key]\n',
  );
  assert.match(wrong.err, /^\(no broker at 127.0.0.1:1: .*\)\n1 pipeline: 1 error, 0 warnings\n$/);
  assert.deepEqual([wrong.code, allowed.code, allowed.out], [1, 0, '']);
  assert.equal(strict.code, 1);
  assert.match(strict.out, /^right.ts:6:4: warning: keyBy has no name.*\n$/);
  assert.deepEqual(
    json.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [
      {
        file: 'broken.yaml',
        line: 7,
        column: 5,
        level: 'error',
        rule: 'plan',
        reason: "steps[1]: there is no step 'dedup'. Did you mean 'dedupe'?",
        fix: '',
      },
      {
        file: 'broken.ts',
        line: 8,
        column: 4,
        level: 'error',
        rule: 'plan',
        reason: "dedupe: window needs a limit, { time: '24h' } or { count: 1_000_000 } or both",
        fix: '',
      },
    ],
  );
  assert.equal(tested.code, 1);
  assert.equal(
    tested.out,
    'wrong.yaml\n  ✔ one of two\n  ✖ wrong  (wrong.yaml:14)\n      shop.orders, record 1: key: expected "d", came "c"\n\n2 tests: 1 passed, 1 failed\n',
  );
  assert.deepEqual([both.code, both.out], [0, 'right.ts\n  ✔ passes\n\n1 test: 1 passed, 0 failed\n']);
  assert.equal(none.code, 2);
  assert.match(
    none.err,
    /^none.ts: it has no tests. Add export const tests = .* none.test.ts .* node --test\n$/,
  );
  assert.deepEqual(
    [broken.code, broken.err],
    [2, "broken.yaml:7:5: steps[1]: there is no step 'dedup'. Did you mean 'dedupe'?\n"],
  );
  assert.ok(new Ajv({ allowUnionTypes: true }).compile(JSON.parse(schema.out)));
});

test('a pipeline in TypeScript may lie anywhere; what is no TypeScript, or no step, is told with its line', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-pipeline-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  const anywhere = IN_TYPESCRIPT.replace(streams, 'gregor/streams');
  write('right.ts', anywhere);
  write(
    'cut.ts',
    anywhere.replace('serde.json<{ orderId: string }>() }))\n  .key', 'serde.json() })\n  .key'),
  );
  write('slip.ts', anywhere.replace('.dedupe', '.dedup'));
  const [right, cut, slip] = await Promise.all(
    ['right.ts', 'cut.ts', 'slip.ts'].map((file) => run(folder, 'plan', file)),
  );
  assert.deepEqual([right!.code, right!.err], [0, '']);
  assert.match(right!.out, /dedupe: by key/);
  assert.deepEqual([cut!.code, slip!.code], [2, 2]);
  assert.match(cut!.err, /^cut\.ts:\d+: Expected ',', got /);
  assert.match(slip!.err, /^slip\.ts:8:4: .*dedup is not a function\. Did you mean 'dedupe'\?\n$/);
});

test('the pipelines of the guide are what they say: both forms one plan, tests that pass, nothing for lint to say', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-guide-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const guide = readFileSync(path.join(import.meta.dirname, '../../../docs/guides/pipelines.md'), 'utf8');
  const blocks = (form: string) =>
    [...guide.matchAll(new RegExp(`^( *)\`\`\`${form}\\n([^]*?)^\\1\`\`\``, 'gm'))]
      .map(([, indent, text]) => text!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''))
      .filter((text) => /^(export default pipeline|pipeline:)/m.test(text));
  const [typescript, yaml] = [blocks('ts'), blocks('yaml')];
  assert.deepEqual([typescript.length, yaml.length], [2, 2]);
  for (const n of [0, 1]) {
    writeFileSync(path.join(folder, `${n}.ts`), typescript[n]!);
    writeFileSync(path.join(folder, `${n}.yaml`), yaml[n]!);
  }
  const files = ['0.ts', '0.yaml', '1.ts', '1.yaml'];
  const [linted, tested, ...plans] = await Promise.all([
    run(folder, 'lint', '--offline', '--strict', ...files),
    run(folder, 'test', '1.ts', '1.yaml'),
    ...files.map((file) => run(folder, 'plan', file)),
  ]);
  assert.deepEqual([linted.out, linted.code], ['', 0]);
  assert.match(tested.out, /2 tests: 2 passed, 0 failed/);
  assert.deepEqual([plans[0]!.out, plans[2]!.out], [plans[1]!.out, plans[3]!.out]);
});
