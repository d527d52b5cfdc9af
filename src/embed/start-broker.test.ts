import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedBroker, startBroker } from './index.ts';

function folder(context: TestContext): string {
  const made = mkdtempSync(path.join(os.tmpdir(), 'gregor-embed-'));
  context.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function textsOf(broker: EmbeddedBroker, topic: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const record of broker.read(topic, { from: 'start', until: 'end' })) texts.push(record.text());
  return texts;
}

test('a program opens a log on a real folder, and finds it again in its next life', async (context) => {
  const data = path.join(folder(context), 'data');
  {
    await using broker = await startBroker({ data, topics: { orders: 1 } });
    await broker.append('orders', [{ key: 'a', value: { total: 3 } }]);
    await broker.kill();
    await broker.restart();
    await broker.append('orders', [{ value: 'after the kill' }]);
  }
  await using again = await startBroker({ data, topics: { orders: 1 } });
  assert.deepEqual(await textsOf(again, 'orders'), ['{"total":3}', 'after the kill']);
  assert.equal(readFileSync(path.join(data, '.gitignore'), 'utf8'), '*\n');
});

test('a folder that a broker has is not opened a second time', async (context) => {
  const data = folder(context);
  await using broker = await startBroker({ data });
  await assert.rejects(startBroker({ data }), { code: 'ELOCKED' });
  assert.ok(broker.port > 0);
});

test('a folder with other files is left alone', async (context) => {
  const data = folder(context);
  writeFileSync(path.join(data, 'thesis.doc'), '');
  await assert.rejects(startBroker({ data }), /files that are not gregor's \(thesis\.doc\)/);
});

test('a start that fails leaves nothing behind: the folder is free, and no timer keeps the program alive', async (context) => {
  const data = folder(context);
  const taken = net.createServer().listen(0, '127.0.0.1');
  context.after(() => void taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as net.AddressInfo;
  const program = `
    import { startBroker } from ${JSON.stringify(path.join(import.meta.dirname, 'index.ts'))};
    const data = ${JSON.stringify(data)};
    for (const options of [{ port: ${port} }, { topics: { 'no topic': 1 } }, { topics: { fine: 1, none: 0 } }])
      await startBroker({ data, ...options }).catch((error) => console.log(error.errorName ?? error.code));
    console.log('done');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => void child.kill('SIGKILL'));
  let out = '';
  child.stdout.on('data', (bytes) => (out += bytes));
  const exit = once(child, 'exit');
  while (!out.includes('done')) await once(child.stdout, 'data');
  assert.match(out, /^EADDRINUSE\nINVALID_TOPIC_EXCEPTION\nINVALID_PARTITIONS\ndone\n$/);
  assert.deepEqual(await Promise.race([exit, sleep(3_000, 'it is still there', { ref: false })]), [0, null]);
});

test('clients see the number that node.id gives, or broker.id', async (context) => {
  const data = folder(context);
  for (const name of ['node.id', 'broker.id']) {
    await using broker = await startBroker({ data, settings: { [name]: 7 } });
    assert.equal((await brokersOf(broker.bootstrap))[0], 7);
  }
});

/** Ids of the brokers in a DescribeCluster answer. */
async function brokersOf(bootstrap: string): Promise<number[]> {
  const { Kafka, logLevel } = await import('kafkajs');
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { brokers } = await admin.describeCluster();
  await admin.disconnect();
  return brokers.map(({ nodeId }) => nodeId);
}
