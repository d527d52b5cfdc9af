/** The program as people run it: a process, its output, its exit code. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';

const program = path.join(import.meta.dirname, '../../bin/gregor.mjs');

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(
  parameters: readonly string[],
  environment: Record<string, string> = {},
  cwd = os.tmpdir(),
): ChildProcess {
  const env = { ...process.env, ...environment };
  return spawn(process.execPath, [program, ...parameters], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
}

function ended(child: ChildProcess, input = ''): Promise<Run> {
  let [out, err] = ['', ''];
  child.stdout!.on('data', (chunk) => (out += chunk));
  child.stderr!.on('data', (chunk) => (err += chunk));
  child.stdin!.end(input);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

const run = (parameters: readonly string[], environment?: Record<string, string>, input?: string) =>
  ended(start(parameters, environment), input);

test('a wrong command is refused with 2, a broker that is away with 7, in one line each', async () => {
  const [frob, count, away, deletion, partition, child] = await Promise.all([
    run(['frob']),
    run(['consume', 'x', '-n', 'many']),
    run(['topic', 'list', '-b', '127.0.0.1:1']),
    run(['produce', 'x', 'v', '-H', 'nothing']),
    run(['produce', 'x', 'v', '-p', '-1']),
    run(['topic', 'lsit']),
  ]);
  assert.deepEqual([partition!.code, child!.code], [2, 2]);
  assert.match(partition!.err, /^--partition -1: that is not the number of a partition/);
  assert.match(child!.err, /Did you mean list\?\)\n\(gregor topic --help lists what there is\)\n$/);
  assert.deepEqual([frob!.code, count!.code, away!.code, deletion!.code], [2, 2, 7, 2]);
  assert.equal(
    away!.err,
    'No broker: 127.0.0.1:1 refused the connection. Start one: gregor start. Or name another: -b HOST:PORT\n',
  );
  assert.equal(count!.err, '--count many: that is not a number of records\n');
});

test('from the first start to the first record and back, and a clean stop', async (context) => {
  const cwd = mkdtempSync(path.join(os.tmpdir(), 'gregor-program-'));
  context.after(() => rmSync(cwd, { recursive: true }));
  const broker = start(['start', '--listen', '127.0.0.1:0'], {}, cwd);
  context.after(() => void broker.kill('SIGKILL'));
  const banner = await new Promise<string>((resolve) => {
    let text = '';
    broker.stdout!.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\ntry ')) resolve(text);
    });
  });
  assert.match(
    banner,
    /^gregor \d+\.\d+\.\d+ {3}ready in \d+ ms\nkafka {2}127\.0\.0\.1:\d+ {3}loopback only, no login\ndata {3}\.\/gregor-data /,
  );
  const GREGOR_BOOTSTRAP = /127\.0\.0\.1:\d+/.exec(banner)![0];
  const client = (parameters: readonly string[], input?: string) =>
    run(parameters, { GREGOR_BOOTSTRAP }, input);

  assert.equal((await client(['topic', 'create', 'orders', '-p', '2'])).code, 0);
  const produced = await client(['produce', 'orders', '-K', ':', '-H', 'h=v'], 'a:1\nb:2\n');
  assert.equal(produced.code, 0, produced.err);
  const [read, again, unknown, second] = await Promise.all([
    client(['consume', 'orders', '-e']),
    client(['topic', 'create', 'orders']),
    client(['consume', 'nowhere']),
    ended(start(['start', '--listen', '127.0.0.1:0'], {}, cwd)),
  ]);
  const records = read!.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(records.map(({ key, value, headers }) => [key, value, headers]).sort(), [
    ['a', '1', [['h', 'v']]],
    ['b', '2', [['h', 'v']]],
  ]);
  assert.deepEqual([again!.code, unknown!.code, second!.code], [4, 3, 4]);
  assert.match(second!.err, /^\.\/gregor-data is in use by another gregor/);

  // A reader that has seen enough ends the one that waits for more, and a member has committed by then.
  const piped = ['consume orders', 'consume orders -g readers'].map(
    (command) => `'${process.execPath}' '${program}' ${command} -b ${GREGOR_BOOTSTRAP} | head -n 1`,
  );
  const began = performance.now();
  const firsts = await Promise.all(
    piped.map((command) => ended(spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'pipe'] }))),
  );
  for (const first of firsts) assert.equal(first.out.trim().split('\n').length, 1, first.err);
  assert.ok(performance.now() - began < 15_000);

  broker.kill('SIGTERM');
  assert.equal(await new Promise((resolve) => broker.on('close', resolve)), 0);
});

test('D1: a broker whose folder is taken away acknowledges nothing more and says so', async (context) => {
  const folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'gregor-program-')), 'data');
  context.after(() => rmSync(path.dirname(folder), { recursive: true }));
  const broker = start(['start', '--listen', '127.0.0.1:0', '--data', folder]);
  context.after(() => void broker.kill('SIGKILL'));
  await new Promise<void>((resolve) => {
    broker.stdout!.on('data', (chunk) => String(chunk).includes('\ntry ') && resolve());
  });
  rmSync(folder, { recursive: true, maxRetries: 10, retryDelay: 10 }); // the broker may make a file meanwhile
  const { code, err } = await ended(broker);
  assert.equal(code, 74);
  assert.match(err, /the data folder was removed or replaced while it was in use/);
});

test('a broker whose output nobody reads, or that finds no room for it, goes on serving', async (context) => {
  const data = mkdtempSync(path.join(os.tmpdir(), 'gregor-program-'));
  context.after(() => rmSync(data, { recursive: true }));
  const full = openSync('/dev/full', 'w');
  context.after(() => closeSync(full));
  const unread = async (port: number, stdio: StdioOptions): Promise<Run> => {
    const parameters = ['start', '--listen', `127.0.0.1:${port}`, '--data', path.join(data, String(port))];
    const broker = spawn(process.execPath, [program, ...parameters], { stdio });
    context.after(() => void broker.kill('SIGKILL'));
    for (const stream of [broker.stdout, broker.stderr]) stream?.destroy();
    const isEnded = once(broker, 'exit');
    const bootstrap = ['-b', `127.0.0.1:${port}`];
    let made: Run;
    do made = await run(['topic', 'create', 'orders', ...bootstrap]);
    while (made.code === 7 && broker.exitCode === null && broker.signalCode === null);
    await stranger(port); // it logs a warning
    const produced = await run(['produce', 'orders', 'x', ...bootstrap]);
    broker.kill('SIGTERM');
    assert.deepEqual(await isEnded, [0, null]);
    return produced;
  };
  const [closed, without] = await Promise.all([
    freePort().then((port) => unread(port, ['ignore', 'pipe', 'pipe'])),
    freePort().then((port) => unread(port, ['ignore', full, full])),
  ]);
  assert.deepEqual([closed.code, without.code], [0, 0], closed.err + without.err);
  const list = spawn(process.execPath, [program, '--help'], { stdio: ['ignore', full, 'pipe'] });
  let err = '';
  list.stderr!.on('data', (chunk) => (err += chunk));
  assert.deepEqual(await once(list, 'close'), [1, null]);
  assert.match(err, /^The output cannot be written: ENOSPC/);
});

/** Somebody who speaks HTTP; resolves when it was sent away. */
async function stranger(port: number): Promise<void> {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  socket.end('GET / HTTP/1.1\r\n\r\n');
  await once(socket.resume(), 'close');
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  return port;
}
