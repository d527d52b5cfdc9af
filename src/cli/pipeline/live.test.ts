/** gregor pipeline dry-run and run --watch, against a broker. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { startBroker } from '../../testing/index.ts';

const program = path.join(import.meta.dirname, '../../../bin/gregor.mjs');
const FIRST = `pipeline: sums
deadLetter: dlq.sums
commitEvery: 50ms
from: raw
steps:
  - keyBy: value.id
    as: by-id
  - dedupe: { by: value.id + ":" + string(value.n), window: { count: 100 } }
    as: once
  - map: { n: value.n }
to: out
`;
const SECOND = FIRST.replace('{ n: value.n }', '{ n: value.n * 10 }');

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  out: string;
  err: string;
}

function start(parameters: readonly string[]): Running {
  const child = spawn(process.execPath, [program, 'pipeline', ...parameters]);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const running: Running = { child, ended, out: '', err: '' };
  child.stdout!.on('data', (chunk) => (running.out += chunk));
  child.stderr!.on('data', (chunk) => (running.err += chunk));
  return running;
}

async function run(...parameters: string[]): Promise<Running> {
  const running = start(parameters);
  assert.equal(await running.ended, 0, running.err);
  return running;
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (
    const end = Date.now() + 60_000;
    !(await isSo());
    await new Promise((resolve) => setTimeout(resolve, 50))
  )
    assert.ok(Date.now() < end, `not within a minute: ${what}`);
}

const lines = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

test('a dry run writes nothing; run --watch renews what is right and keeps what runs; --diff tells what a change changes', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-live-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'sums.yaml');
  writeFileSync(file, FIRST);
  await using broker = await startBroker({ topics: { raw: 2, out: 1 } });
  const at = ['-b', broker.bootstrap];
  const append = (id: string, n: number, partition = 0) =>
    broker.append('raw', [{ value: JSON.stringify({ id, n }), partition }]);
  const written = async () => {
    const found: string[] = [];
    for await (const { key, value } of broker.read('out', { from: 'start', until: 'end' }))
      found.push(`${key} ${value}`);
    return found;
  };
  await append('a', 1);
  await append('a', 1, 1);
  await append('b', 1, 1);
  await broker.append('raw', [{ value: 'broken', partition: 1 }]);

  const dry = await run('dry-run', file, ...at);
  assert.deepEqual(
    lines(dry.out)
      .map(({ topic, key, value }) => `${topic} ${key} ${value}`)
      .sort(),
    ['dlq.sums null broken', 'out a {"n":1}', 'out b {"n":1}'],
  );
  assert.match(dry.err, /^read 4 records of raw\nwould write .*\n/);
  assert.match(dry.err, /once: dropped: duplicate: 1\n/);
  const limited = await run('dry-run', file, '--limit', '1', '--from', '-1h', ...at);
  assert.deepEqual(
    lines(limited.out).map(({ key }) => key),
    ['a'],
  );
  assert.deepEqual(await written(), []);

  const watched = start(['run', '--watch', file, ...at]);
  t.after(() => watched.child.kill());
  await until('the first records', async () => (await written()).length === 2);
  writeFileSync(file, FIRST.replace('dedupe', 'dedup'));
  await until('the errors', () =>
    watched.err.includes("sums.yaml:8:5: error: steps[1]: there is no step 'dedup'"),
  );
  await append('c', 1);
  await until('the old one goes on', async () => (await written()).includes('c {"n":1}'));
  writeFileSync(file, SECOND);
  await until('the new one', () => watched.err.includes('is run anew'));
  await append('a', 1);
  await append('d', 1);
  await until('its record', async () => (await written()).includes('d {"n":10}'));
  watched.child.kill('SIGTERM');
  assert.equal(await watched.ended, 0);
  assert.deepEqual((await written()).sort(), ['a {"n":1}', 'b {"n":1}', 'c {"n":1}', 'd {"n":10}']);

  const { out, err } = await run('dry-run', file, '--diff', ...at);
  assert.deepEqual(
    lines(out).sort((a, b) => (a.key < b.key ? -1 : 1)),
    ['a', 'b', 'c'].map((key) => ({
      change: 'changed',
      topic: 'out',
      key,
      before: { n: 1 },
      now: { n: 10 },
    })),
  );
  assert.match(err, /\n0 added, 0 removed, 3 changed\n$/);
});
