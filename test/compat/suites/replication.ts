/** Three replicas asked of one node: Gregor takes it by default, and with gregor.replication.factor=strict refuses as Apache Kafka does. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createTopicsApi, errorNameOf } from '../../../src/protocol/index.ts';
import { BrokerProcess, freePort } from '../../wire/broker-process.ts';
import { WireClient } from '../../wire/wire-client.ts';
import { IS_GREGOR } from './first-contact.ts';

const VERSION = 7;
const [port] = process.argv[2]!.split(':').slice(-1).map(Number);
const topic = `replication-${Date.now()}`;

async function ask(port: number, replicationFactor: number) {
  const client = await WireClient.connect(port);
  const topics = [{ name: topic, numPartitions: 1, replicationFactor }];
  const answer = await client.send(createTopicsApi, VERSION, {
    topics,
    timeoutMs: 10_000,
    validateOnly: true,
  });
  client.close();
  return errorNameOf(answer.topics[0]!.errorCode);
}

const asked = [0, 1, 2, 3, 32_767, -1, -2];
async function refusals(port: number) {
  const told: [number, string][] = [];
  for (const replicationFactor of asked) told.push([replicationFactor, await ask(port, replicationFactor)]);
  return told;
}
const REFUSED = 'INVALID_REPLICATION_FACTOR';
const strict = asked.map((factor) => [factor, factor === 1 || factor === -1 ? 'NONE' : REFUSED]);
if (IS_GREGOR) {
  assert.equal(await ask(port!, 3), 'NONE');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-strict-'));
  const broker = new BrokerProcess(folder, await freePort(), ['--set', 'gregor.replication.factor=strict']);
  await broker.start();
  assert.deepEqual(await refusals(broker.port), strict);
  await broker.stop();
  rmSync(folder, { recursive: true, force: true });
} else assert.deepEqual(await refusals(port!), strict);
console.log(
  `replication factors ${asked.join(', ')}: ${IS_GREGOR ? 'three are taken, strict refuses' : 'all but 1 and the default are refused'}`,
);
process.exit(0);
