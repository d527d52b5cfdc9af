/** gregor start --pipeline FILE, as people use it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';

const gregorProgram = path.join(import.meta.dirname, '../../../bin/gregor.mjs');
const YAML = `pipeline: orders
from: raw
steps:
  - keyBy: value.id
  - dedupe: { by: value.n, window: { count: 1000 } }
    because: retries of the shop
to: orders
`;

test('pipelines run inside the broker as long as it does; a file that is none is refused', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-hosted-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, 'orders.yaml'), YAML);
  const gregor = (...parameters: string[]) =>
    spawn(process.execPath, [gregorProgram, ...parameters], { cwd: folder });
  const finished = async (child: ReturnType<typeof gregor>, input = '') => {
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    child.stdin.end(input);
    const code = await new Promise((resolve) => child.on('close', resolve));
    return { code, out, err };
  };
  const refused = await finished(gregor('start', '--listen', '127.0.0.1:0', '--pipeline', 'none.yaml'));
  assert.match(refused.err, /There is no file 'none.yaml'/);
  assert.notEqual(refused.code, 0);
  writeFileSync(
    path.join(folder, 'clean.yaml'),
    YAML.replace(/steps:[^]*to:/, 'steps:\n  - exec: [cat]\nto:'),
  );
  const program = await finished(gregor('start', '--listen', '127.0.0.1:0', '--pipeline', 'clean.yaml'));
  assert.match(
    program.err,
    /clean.yaml: step 'exec' starts a program, and the broker starts none. Run it beside the broker: gregor pipeline run clean.yaml/,
  );
  assert.notEqual(program.code, 0);

  const broker = gregor('start', '--listen', '127.0.0.1:0', '--pipeline', 'orders.yaml');
  let told = '';
  broker.stderr.on('data', (chunk) => (told += chunk));
  const port = await new Promise<string>((resolve) => {
    let banner = '';
    broker.stdout.on('data', (chunk) => {
      banner += chunk;
      const found = /127\.0\.0\.1:(\d+)/.exec(banner);
      if (found !== null) resolve(found[1]!);
    });
  });
  const at = ['--bootstrap', `127.0.0.1:${port}`];
  await finished(gregor('topic', 'create', 'raw', ...at));
  await new Promise<void>((resolve) => {
    const look = () => told.includes('pipeline.assigned') && resolve();
    broker.stderr.on('data', look);
    look();
  });
  const lines = [1, 1, 2].map((n) => JSON.stringify({ id: 'a', n })).join('\n');
  await finished(gregor('produce', 'raw', ...at), `${lines}\n`);
  const { out } = await finished(gregor('consume', 'orders', '--count', '2', ...at));
  assert.deepEqual(
    [...out.matchAll(/\\?"n\\?": ?(\d)/g)].map(([, n]) => n),
    ['1', '2'],
    out,
  );
  broker.kill('SIGTERM');
  assert.equal(await new Promise((resolve) => broker.on('close', resolve)), 0);
  assert.match(told, /pipeline\.stopped/);
});
