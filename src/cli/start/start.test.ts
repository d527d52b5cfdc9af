import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import test from 'node:test';
import { CommandFailed } from '../exit-codes.ts';
import { banner } from './banner.ts';
import { prepareFolder } from './data-folder.ts';
import { explainStart } from './explain.ts';
import { eventLine, openLog } from './log.ts';
import { findPortOwner, listeningInodes, programName } from './port-owner.ts';
import { gatherSettings, listenAddress, refuseStrangers } from './sources.ts';

const folder = (context: { after(end: () => void): void }) => {
  const made = mkdtempSync(path.join(os.tmpdir(), 'gregor-cli-'));
  context.after(() => rmSync(made, { recursive: true }));
  return made;
};
const failure = (act: () => unknown): [number, string] => {
  try {
    act();
  } catch (error) {
    if (error instanceof CommandFailed) return [error.exitCode, error.message];
    throw error;
  }
  throw new Error('nothing was refused');
};

test('flags beat the environment, and the environment beats the file', (context) => {
  const file = path.join(folder(context), 'server.properties');
  writeFileSync(
    file,
    'num.partitions=1\nlog.retention.hours=1\nmin.insync.replicas=1\nzookeeper.connect=x\n',
  );
  const environment = {
    KAFKA_LOG_RETENTION_HOURS: '2',
    KAFKA_MIN_INSYNC_REPLICAS: '2',
    KAFKA_HEAP_OPTS: '-Xmx1g',
  };
  const { texts, ignored } = gatherSettings(
    { config: file, set: ['min.insync.replicas=3'], listen: '9093' },
    environment,
  );
  assert.deepEqual(Object.fromEntries(texts), {
    'num.partitions': '1',
    'log.retention.hours': '2',
    'min.insync.replicas': '3',
    listeners: 'PLAINTEXT://127.0.0.1:9093',
  });
  assert.deepEqual(ignored, ['zookeeper.connect']);
});

test('a mistake in a flag is refused with what was meant', () => {
  const set = (text: string) => failure(() => gatherSettings({ set: [text] }, {}));
  assert.deepEqual(set('num.partition=3'), [
    2,
    "--set: Unknown broker setting 'num.partition'; did you mean num.partitions?",
  ]);
  assert.deepEqual(set('num.partitions=0'), [
    2,
    "--set: Invalid value '0' for num.partitions: must be at least 1",
  ]);
  assert.deepEqual(set('nothing'), [
    2,
    '--set nothing: that is not name=value, such as log.retention.hours=24',
  ]);
  assert.deepEqual(
    failure(() => gatherSettings({ set: [], config: '/nowhere/x' }, {})),
    [2, '--config /nowhere/x: there is no such file'],
  );
});

test('an address may be a port alone', () => {
  assert.equal(listenAddress('9093'), '127.0.0.1:9093');
  assert.equal(listenAddress('[::1]:9093'), '[::1]:9093');
  assert.equal(listenAddress('kafka'), 'kafka:9092');
  assert.equal(failure(() => listenAddress('a:b'))[0], 2);
});

test('nobody is let in from outside without being asked to', () => {
  const listeners = [{ name: 'PLAINTEXT', host: '0.0.0.0', port: 9092, advertised: undefined }];
  assert.deepEqual(
    failure(() => refuseStrangers(listeners, false)),
    [
      2,
      'Refusing 0.0.0.0:9092: nobody would have to log in. Trusted network or container: --allow-anonymous',
    ],
  );
  refuseStrangers(listeners, true);
  refuseStrangers([{ ...listeners[0]!, host: '127.0.0.1' }], false);
});

test('a new data folder keeps itself out of git, and one with other files is left alone', (context) => {
  const base = folder(context);
  const data = path.join(base, 'a/data');
  prepareFolder(data);
  assert.equal(readFileSync(path.join(data, '.gitignore'), 'utf8'), '*\n');
  for (const name of ['journal', 'partitions', 'lost+found']) mkdirSync(path.join(data, name));
  for (const name of ['manifest-a', 'manifest-b.new', '.lock']) writeFileSync(path.join(data, name), '');
  prepareFolder(data);
  for (const name of ['a', 'b', 'c', 'd']) writeFileSync(path.join(data, name), '');
  const [code, message] = failure(() => prepareFolder(data));
  assert.equal(code, 4);
  assert.match(message, /holds files that are not gregor's \(a, b, c and 1 more\)\. Give it an empty folder/);
  const kafka = path.join(base, 'kafka');
  mkdirSync(kafka);
  writeFileSync(path.join(kafka, 'meta.properties'), '');
  assert.match(failure(() => prepareFolder(kafka))[1], /is a data folder of Apache Kafka/);
  assert.match(failure(() => prepareFolder(path.join(data, 'a')))[1], /it is a file/);
  const unwritable = path.join(base, 'unwritable'); // root may write anywhere, but not through a link to nowhere
  mkdirSync(unwritable);
  symlinkSync('nowhere/at/all', path.join(unwritable, '.gitignore'));
  assert.match(failure(() => prepareFolder(unwritable))[1], /^Cannot use .* Give another: gregor start/);
});

test('the banner says where, how safe, and what to do next', () => {
  const facts = {
    version: '0.1.0',
    readyMs: 211.6,
    listeners: [{ host: '127.0.0.1', port: 9092 }],
    folder: './gregor-data',
    topicCount: 14,
    bytes: 2_100_000_000,
    flush: 'ack',
    flushIntervalMs: 1000,
  } as const;
  assert.equal(
    banner(facts),
    [
      'gregor 0.1.0   ready in 212 ms',
      'kafka  127.0.0.1:9092   loopback only, no login',
      'data   ./gregor-data    14 topics, 2.1 GB, synced before every ack',
      'try    npx gregor produce hello "first record"',
      '',
    ].join('\n'),
  );
  const open = banner({
    ...facts,
    listeners: [
      { host: '0.0.0.0', port: 9093 },
      { host: '::1', port: 1 },
    ],
    flush: 'os',
  });
  assert.match(open, /^kafka {2}0\.0\.0\.0:9093 {5}open to the network, NO LOGIN \(--allow-anonymous\)$/m);
  assert.match(
    open,
    /^told {3}localhost:9093 +clients on other machines do not get there: --set advertised\.listeners=PLAINTEXT:\/\/HOST:9093$/m,
  );
  const advertised = { host: '0.0.0.0', port: 9093, isAdvertised: true };
  assert.doesNotMatch(
    banner({ ...facts, listeners: [advertised, { host: '10.0.0.5', port: 9092 }] }),
    /told/,
  );
  assert.match(open, /^kafka {2}\[::1\]:1 {10}loopback only, no login$/m);
  assert.match(open, /acks do NOT wait for the sync \(gregor\.flush=os\)/);
  assert.match(open, /-b 127\.0\.0\.1:9093$/m);
});

test('the owner of a port is found and named', { skip: process.platform !== 'linux' }, async (context) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  context.after(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  assert.equal(findPortOwner(port)?.pid, process.pid);
  const taken = Object.assign(new Error('in use'), { code: 'EADDRINUSE', address: '127.0.0.1', port });
  const explained = explainStart(taken, './gregor-data', []) as CommandFailed;
  assert.equal(explained.exitCode, 4);
  const way = `Stop it, or: gregor start --listen 127.0.0.1:${port + 1}`;
  assert.match(
    explained.message,
    new RegExp(`^127.0.0.1:${port} is in use by \\S+ \\(pid ${process.pid}\\)\\. ${way}$`),
  );
});

test('the kernel’s table and command lines are read as they are', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31337 1 0 100 0 0 10 0',
    '   1: 0100007F:2384 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 31338 1 0 20 4 30 10 -1',
  ].join('\n');
  assert.deepEqual(listeningInodes(table, 9092), ['31337']);
  assert.deepEqual(listeningInodes(table, 9093), []);
  assert.equal(programName('/usr/bin/java\0-Xmx1g\0kafka.Kafka\0'), 'java');
  assert.equal(programName('/usr/bin/node\0--no-warnings\0/app/bin/gregor.mjs\0start\0'), 'gregor');
  assert.equal(programName(''), 'a process');
});

test('every way a start can fail has its exit code', () => {
  const code = (error: object) =>
    (explainStart(Object.assign(new Error('x'), error), './d', []) as { exitCode?: number }).exitCode;
  assert.equal(code({ code: 'ELOCKED' }), 4);
  assert.equal(code({ code: 'EIO' }), 74);
  assert.equal(code({ code: 'ENOSPC' }), 74);
  assert.equal(code({ code: 'EACCES' }), 1);
  assert.equal(code({ name: 'JournalDamaged' }), 1);
  assert.equal(code({ code: 'EACCES', syscall: 'listen', address: '::1', port: 80 }), 2);
  assert.equal(code({ code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'kafka.invalid' }), 2);
  assert.equal(code({ code: 'EAI_AGAIN', syscall: 'getaddrinfo', hostname: 'kafka.invalid' }), 2);
  assert.equal(code({ code: 'EAFNOSUPPORT', syscall: 'listen', address: '::1', port: 9092 }), 2);
  assert.equal(code({}), undefined, 'anything else is a bug and stays one');
});

test('a disk that is mounted read-only is told as such: no other user could write there', () => {
  const error = Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
  const { exitCode, message } = explainStart(error, './d', []) as CommandFailed;
  assert.equal(exitCode, 1);
  assert.match(message, /^The disk of \.\/d is mounted read-only/);
});

test('a free port stays one where another gregor has the folder, and a full disk is told as such', () => {
  const listener = { name: 'PLAINTEXT', host: '127.0.0.1', port: 0, advertised: undefined };
  const message = (code: string) =>
    (explainStart(Object.assign(new Error('x'), { code }), './d', [listener]) as Error).message;
  assert.match(message('ELOCKED'), /--listen 127\.0\.0\.1:0$/);
  assert.equal(
    message('ENOSPC'),
    'No space is left on the disk of ./d. Free some, or give another folder: gregor start --data DIR',
  );
});

test('events are one line on a terminal and JSON when piped, none lost before the logger is there', async () => {
  const event = ['warn', 'Disk is slow', { path: '/a b', ms: 5 }] as const;
  const at = new Date(2026, 0, 31, 12, 0, 1, 250);
  assert.equal(eventLine([...event], at), '12:00:01.250 WARN  Disk is slow path="/a b" ms=5');
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk, _, done) => done(void chunks.push(String(chunk)) as undefined),
  });
  const log = openLog(stream, 'info');
  log.sink('debug', 'not wanted');
  log.sink(...event);
  await log.flush();
  log.sink('error', 'later');
  const lines = chunks
    .join('')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: number; msg: string; path?: string });
  assert.deepEqual(
    lines.map(({ level, msg, path: where }) => [level, msg, where]),
    [
      [40, 'Disk is slow', '/a b'],
      [50, 'later', undefined],
    ],
  );
});
