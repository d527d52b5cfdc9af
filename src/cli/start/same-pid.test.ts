/** In a container every life of the program has pid 1: a lock that went by pids would lock out the next life, or nobody. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';

const PROGRAM = path.join(import.meta.dirname, '../../../bin/gregor.mjs');
const NAMESPACE = ['--pid', '--fork', '--mount-proc'];
const tried = spawnSync('unshare', [...NAMESPACE, 'true'], { encoding: 'utf8' });
const skip =
  tried.status === 0 ? false : `no pid namespace of its own here: ${tried.error?.message ?? tried.stderr}`;

/** Nothing here lives longer: what is not refused when it should be must end too. */
const LIFE_MS = 30_000;

interface Life {
  readonly unshare: ChildProcess;
  readonly ended: Promise<number | null>;
  /** What it printed so far. */
  readonly output: () => string;
  readonly ready: Promise<void>;
}

function live(folder: string): Life {
  const tellsPid = `data:text/javascript,console.log('pid', process.pid)`;
  const unshare = spawn(
    'unshare',
    [
      ...NAMESPACE,
      process.execPath,
      '--import',
      tellsPid,
      PROGRAM,
      'start',
      '--data',
      folder,
      '--listen',
      '127.0.0.1:0',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const ready = Promise.withResolvers<void>();
  for (const stream of [unshare.stdout, unshare.stderr])
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString();
      if (output.includes('ready in')) ready.resolve();
    });
  const ended = new Promise<number | null>((resolve) => unshare.once('close', resolve));
  void ended.then(() => ready.resolve());
  const tooLong = setTimeout(() => killInside(unshare), LIFE_MS);
  void ended.then(() => clearTimeout(tooLong));
  return { unshare, ended, output: () => output, ready: ready.promise };
}

/** kill -9 of the process itself, by the pid that it has outside of its namespace. */
function killInside(unshare: ChildProcess): void {
  const children = readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8')
    .trim()
    .split(' ');
  for (const pid of children) if (pid !== '') process.kill(Number(pid), 'SIGKILL');
}

test('after kill -9 the same pid starts again, and while it lives another with that pid does not', {
  skip,
}, async (context) => {
  const folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'gregor-pid-')), 'data');
  context.after(() => rmSync(path.dirname(folder), { recursive: true, force: true }));
  for (const life of ['first', 'second']) {
    const broker = live(folder);
    await broker.ready;
    assert.match(broker.output(), /^pid 1$/m, life);
    assert.match(broker.output(), /ready in/, life);
    const other = live(folder);
    assert.equal(await other.ended, 4, other.output());
    assert.match(other.output(), /^pid 1$/m);
    assert.match(other.output(), /is in use by another gregor/);
    killInside(broker.unshare);
    await broker.ended;
  }
});
