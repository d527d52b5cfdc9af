/**
 * The definition and the programs of docs/guides/three-places-to-clean.md, as they stand there: their orders must be canonical, and come back.
 *
 *   node test/guides/canonical.ts
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startBroker } from '../../src/testing/index.ts';
import { python } from '../compat/suites.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const PAGE = readFileSync(path.join(ROOT, 'docs/guides/three-places-to-clean.md'), 'utf8');
const RAWS = [
  '{"orderNo": "A-1", "total": "12,50", "placed": "31.01.2001 09:05", "state": "N", "note": "gift"}',
  '{"orderNo": "A-2", "total": "7,5", "state": "P"}',
];
const CANONICAL = [
  '{"currency":"EUR","orderId":"A-1","placedAt":"2001-01-31T08:05:00Z","state":"new","total":12.5}',
  '{"currency":"EUR","orderId":"A-2","state":"paid","total":7.5}',
];

// Inside the project, so that programs find its packages; and the project itself under its name.
mkdirSync(path.join(ROOT, '.cache'), { recursive: true });
const folder = mkdtempSync(path.join(ROOT, '.cache', `guide-${os.hostname()}-`));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
mkdirSync(path.join(folder, 'node_modules'));
symlinkSync(ROOT, path.join(folder, 'node_modules/gregor'));
symlinkSync(path.join(ROOT, 'node_modules/kafkajs'), path.join(folder, 'node_modules/kafkajs'));

await using broker = await startBroker({ topics: { orders: 1 } });
write('order.lens.yaml', 'yaml');
await gregor('test', 'order.lens.yaml');
await gregor('publish', 'order.lens.yaml', '-b', broker.bootstrap);
write('order.ts', 'ts');
const sent = await run(process.execPath, ['order.ts']);
assert.equal(sent.code, 0, sent.err);
write('order.py', 'python');
const found = python('')();
if ('missing' in found) {
  console.log(`✖ python: ${found.missing}`);
  assert.equal(process.env['CI'], undefined, 'CI needs Python');
} else {
  const { code, out } = await run(found.run[0]!, ['order.py'], { PYTHONPATH: path.join(ROOT, 'python') });
  assert.deepEqual([code, out], [0, 'total "free" is not a number\n']);
  const records: string[] = [];
  for await (const record of broker.read('orders', { from: 'start', until: 'end' }))
    records.push(record.text());
  assert.deepEqual(records, CANONICAL);
  const restored = await gregor('restore', 'orders', '-b', broker.bootstrap);
  assert.deepEqual(
    restored
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).value),
    RAWS,
  );
  await gregor('audit', 'orders', '-b', broker.bootstrap);
  console.log('✔ three places to clean');
}

function write(file: string, language: string): void {
  const block = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(PAGE)?.[1];
  assert.ok(block !== undefined, `the page has nothing in ${language}`);
  writeFileSync(path.join(folder, file), block.replaceAll('localhost:9092', broker.bootstrap));
}

async function gregor(...parameters: string[]): Promise<string> {
  const { code, out, err } = await run(process.execPath, [
    path.join(ROOT, 'bin/gregor.mjs'),
    'canonical',
    ...parameters,
  ]);
  assert.equal(code, 0, `gregor canonical ${parameters.join(' ')}: ${out}${err}`);
  return out;
}

/** Not spawnSync: the broker lives in this process. */
function run(
  program: string,
  parameters: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const env = { ...process.env, ...environment };
  const child = spawn(program, parameters, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (bytes) => (out += bytes));
  child.stderr.on('data', (bytes) => (err += bytes));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}
