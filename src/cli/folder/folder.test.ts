/** The commands that look at a folder, as people run them: beside a running broker, and on what it left. Each once as a process, then more in one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { silent } from '../../base/index.ts';
import { nodeEnvironment } from '../../env/node/index.ts';
import { type RefusalEntry, type Server, startServer } from '../../server/index.ts';
import { openAdminSocket } from './admin-socket.ts';
import { pin } from './pinned.ts';
import { type ProcessStatus, statusText } from './status-text.ts';
import { whyText } from './why-text.ts';
import { WarmGregor } from '../../../test/cli/warm-gregor.ts';
import { WireClient } from '../../../test/wire/wire-client.ts';
import { produceApi } from '../../protocol/index.ts';

const PROGRAM = path.join(import.meta.dirname, '../../../bin/gregor.mjs');
const SETTINGS = new Map([
  ['offsets.topic.num.partitions', '1'],
  ['transaction.state.log.num.partitions', '1'],
]);

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function gregor(...parameters: string[]): Promise<Run> {
  const child = spawn(process.execPath, [PROGRAM, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

function workspace(context: TestContext): (name: string) => string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-folder-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => path.join(folder, name);
}

async function broker(folder: string): Promise<Server> {
  return startServer(nodeEnvironment(folder), { settings: SETTINGS, events: silent, listens: false });
}

async function append(server: Server, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++)
    await server.log.append('orders', [{ key: `${n}`, value: `order ${n} `.repeat(50) }]);
}

async function content(server: Server): Promise<string[]> {
  const texts: string[] = [];
  for await (const { partition, offset, key, timestamp, text } of server.log.read('orders', { until: 'end' }))
    texts.push(`${partition} ${offset} ${key?.toString()} ${timestamp} ${text()}`);
  return texts;
}

test('a backup beside a running broker, one more, and a broker on what was restored', async (context) => {
  const at = workspace(context);
  let server = await broker(at('data'));
  await server.log.createTopic('orders', 3);
  await append(server, 0, 200);
  const admin = await openAdminSocket(at('data'), server, silent);
  const first = await gregor('backup', at('backup'), '--data', at('data'));
  assert.deepEqual([first.code, first.err], [0, '']);
  const before = await content(server);
  let isWriting = true;
  let written = 200;
  const writing = (async () => {
    while (isWriting) {
      await append(server, written, written + 1);
      written++;
    }
  })();
  const second = await gregor('backup', at('backup'), '--data', at('data'));
  isWriting = false;
  await writing;
  assert.equal(second.code, 0, second.err);
  const { copiedBytes, keptBytes } = JSON.parse(second.out) as { copiedBytes: number; keptBytes: number };
  assert.ok(keptBytes >= JSON.parse(first.out).copiedBytes, second.out);
  assert.ok(copiedBytes > 0 && copiedBytes < keptBytes * 20, second.out);
  const verified = await gregor('verify', '--data', at('backup'));
  assert.equal(verified.code, 0, verified.out);
  const inUse = await gregor('verify', '--data', at('data'));
  assert.equal(inUse.code, 4);
  assert.match(inUse.err, /is in use by a broker/);
  const all = await content(server);
  admin.close();
  await server.stop();

  assert.equal((await gregor('restore', at('backup'), '--data', at('restored'))).code, 0);
  assert.equal((await gregor('verify', '--data', at('restored'))).code, 0);
  assert.equal((await gregor('restore', at('backup'), '--data', at('restored'))).code, 4);
  server = await broker(at('restored'));
  const restored = await content(server);
  // Equal by content and offsets, as far as the backup goes; and it goes at least as far as what had been there before it began.
  for (const partition of ['0', '1', '2']) {
    const of = (lines: readonly string[]) => lines.filter((line) => line.startsWith(`${partition} `));
    assert.deepEqual(of(restored), of(all).slice(0, of(restored).length));
    assert.ok(of(restored).length >= of(before).length);
  }
  await append(server, 0, 1);
  await server.stop();
});

test('a stopped folder is backed up as it is; one that was killed, and strange targets, are refused', async (context) => {
  const at = workspace(context);
  await using warm = new WarmGregor();
  const further = (...parameters: string[]) => warm.run(parameters);
  const server = await broker(at('data'));
  await server.log.createTopic('orders', 1);
  await append(server, 0, 3);
  await server.stop();
  assert.equal((await gregor('backup', at('backup'), '--data', at('data'))).code, 0);
  const again = await broker(at('data'));
  await append(again, 3, 6);
  await again.kill();
  const killed = await further('backup', at('backup'), '--data', at('data'));
  assert.deepEqual([killed.code, /was not closed in peace/.test(killed.err)], [1, true]);
  writeFileSync(at('thesis.doc'), '');
  const strange = await further('backup', at('.'), '--data', at('backup'));
  assert.deepEqual([strange.code, /is left alone: it holds /.test(strange.err)], [4, true]);
  assert.equal((await further('backup', at('data/x'), '--data', at('data'))).code, 2);
  assert.equal((await further('backup', at('x'), '--data', at('nothing'))).code, 3);
});

test('verify names the damage and exits with 1; dump goes on behind it', async (context) => {
  const at = workspace(context);
  await using warm = new WarmGregor();
  const further = (...parameters: string[]) => warm.run(parameters);
  const server = await broker(at('data'));
  await server.log.createTopic('orders', 1);
  await append(server, 0, 20);
  await server.stop();
  const before = fileTimes(at('data'));
  const log = readdirSync(at('data/partitions'))
    .map((name) => at(`data/partitions/${name}/00000000000000000000.log`))
    .find((file) => readFileSync(file).includes('order 0'))!;
  assert.equal((await gregor('verify', '--data', at('data'))).code, 0);
  assert.deepEqual(fileTimes(at('data')), before, 'nothing was changed');
  const bytes = readFileSync(log);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(log, bytes);
  const { code, out } = await further('verify', '--data', at('data'));
  assert.equal(code, 1);
  const [finding, summary] = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual([finding.kind, finding.topic, finding.partition], ['damage', 'orders', 0]);
  assert.equal(summary.counts.damage, 1);
  const dumped = await gregor('dump', '--records', log);
  assert.equal(dumped.code, 1);
  assert.equal(dumped.out.match(/"type":"record"/g)!.length, 19);
  assert.equal((await further('dump', at('nothing.log'))).code, 3);
  assert.equal((await further('repair', '--data', at('data'))).code, 2);
  const dry = await further('repair', '--quarantine', '--dry-run', '--data', at('data'));
  assert.deepEqual([dry.code, JSON.parse(dry.out).dryRun], [0, true]);
  assert.equal((await further('verify', '--data', at('data'))).code, 1);
  assert.equal((await gregor('repair', '--quarantine', '--yes', '--data', at('data'))).code, 0);
  const repaired = await further('verify', '--data', at('data'));
  assert.equal(repaired.code, 0);
  assert.match(repaired.out, /"kind":"missing".*are missing; readers go on behind them/);
});

function fileTimes(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map(
      (name) =>
        `${name} ${statSync(path.join(folder, name)).mtimeMs} ${statSync(path.join(folder, name)).size}`,
    );
}

test('the pin of a client that goes away is let go', async (context) => {
  const at = workspace(context);
  const server = await broker(at('data'));
  let pins = 0;
  const counting = {
    status: () => server.status(),
    why: () => server.why(),
    pin: async () => {
      const { content: manifest, release } = await server.pin();
      pins++;
      return {
        content: manifest,
        release: () => {
          pins--;
          return release();
        },
      };
    },
  };
  const admin = await openAdminSocket(at('data'), counting, silent);
  const [one, two] = [await pin(at('data')), await pin(at('data'))];
  assert.equal(pins, 2);
  await one.release();
  admin.close(); // the broker stops: whoever still copies hears of it
  await assert.rejects(two.lost, /went away before the backup was complete/);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(pins, 0);
  await two.release();
  await server.stop();
});

test('why tells what was refused last, one JSON object a refusal, of a topic or a client', async (context) => {
  const at = workspace(context);
  await using warm = new WarmGregor();
  const server = await startServer(nodeEnvironment(at('data')), {
    settings: new Map([...SETTINGS, ['listeners', 'PLAINTEXT://127.0.0.1:0']]),
    events: silent,
  });
  const admin = await openAdminSocket(at('data'), server, silent);
  const asked = async (...parameters: string[]) => {
    const { out, code } = await warm.run(['why', '--data', at('data'), ...parameters]);
    assert.equal(code, 0);
    return out === ''
      ? []
      : out
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as RefusalEntry);
  };
  assert.deepEqual(await gregor('why', '--data', at('data')), { code: 0, out: '', err: '' });
  const { host, port } = server.listeners[0]!;
  const wire = await WireClient.connect(port, host);
  for (const name of ['orders', 'bills', 'orders']) {
    const topicData = [{ name, partitionData: [{ index: 3, records: Buffer.alloc(0) }] }];
    await wire.send(produceApi, 5, { transactionalId: null, acks: -1, timeoutMs: 1000, topicData });
  }
  assert.deepEqual(
    (await asked()).map(({ topic, count }) => [topic, count]),
    [
      ['bills', 1],
      ['orders', 2],
    ],
  );
  const [orders] = await asked('--topic', 'orders');
  assert.deepEqual(
    [orders!.error, orders!.partition, orders!.clientId, orders!.api, orders!.address],
    ['UNKNOWN_TOPIC_OR_PARTITION', 3, 'wire-client', 'Produce v5', '127.0.0.1'],
  );
  assert.equal((await asked('--client', 'wire')).length, 2);
  assert.equal((await asked('--client', 'kcat')).length, 0);
  const text = whyText(server.why(), false);
  assert.match(
    text,
    /^\S+ \S+ {2}UNKNOWN_TOPIC_OR_PARTITION {2}orders-3 {2}2 times since \S+ \S+\n {2}wire-client at 127\.0\.0\.1, Produce v5\n {2}there is no such topic.*\n {2}→ .*gregor topic create orders\n$/m,
  );
  wire.close();
  admin.close();
  await server.stop();
  assert.equal((await gregor('why', '--data', at('data'))).code, 7);
});

test('status tells how the broker of a folder is; without one it says what may be', async (context) => {
  const at = workspace(context);
  const server = await startServer(nodeEnvironment(at('data')), {
    settings: new Map([...SETTINGS, ['log.retention.hours', '24'], ['listeners', 'PLAINTEXT://127.0.0.1:0']]),
    events: silent,
  });
  const admin = await openAdminSocket(at('data'), server, silent);
  await server.log.createTopic('orders', 3);
  await append(server, 0, 10);
  const first = await gregor('status', '--data', at('data'));
  assert.equal(first.code, 0, first.err);
  const status = JSON.parse(first.out) as ProcessStatus;
  assert.equal(status.folder, at('data'));
  assert.equal(status.pid, process.pid);
  assert.deepEqual(status.listeners, server.listeners);
  assert.deepEqual([status.topics, status.internalTopics, status.partitions, status.groups], [1, 2, 5, 0]);
  assert.ok(status.disk.logBytes > 0 && status.disk.freeBytes < status.disk.totalBytes);
  assert.ok(status.journal.usedBytes > 0 && status.journal.usedBytes <= status.journal.fileBytes);
  assert.equal(status.checkpoint.finishedAt, undefined);
  assert.deepEqual(
    status.settings.find(({ name }) => name.startsWith('log.retention')),
    { name: 'log.retention.hours', value: '24' },
  );
  await (await server.pin()).release();
  const second = JSON.parse((await gregor('status', '--data', at('data'), '--json')).out) as ProcessStatus;
  assert.ok(second.checkpoint.finishedAt! <= Date.now());
  const text = statusText(second, 50, second.checkpoint.finishedAt! + 65_000);
  assert.match(text, /keeps 1 day \(retention\.ms\)/);
  assert.match(text, /checkpoint 1 min\s+5 s ago/);
  assert.ok(
    text
      .split('\n')
      .every((line) => line.length <= 50 || line.includes(at('data')) || line.startsWith('gregor')),
    text,
  );
  admin.close();
  const embedded = await gregor('status', '--data', at('data'));
  assert.equal(embedded.code, 7);
  assert.match(embedded.err, /none runs there .* inside another program/);
  await server.stop();
  assert.equal((await gregor('status', '--data', at('nowhere'))).code, 3);
});
