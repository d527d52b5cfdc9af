/**
 * A compacted topic under kill -9, seen by real clients: 200,000 updates of 1,000 keys; the broker is killed again and again
 * while it compacts; a consumer that reads from the start finds the newest value of every key, before and after. Then
 * kafka-dump-log reads every segment that compaction made.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { BrokerProcess, freePort } from '../../wire/broker-process.ts';

const TOOL = path.join(import.meta.dirname, '../kafka-tool');
const KEYS = 1_000;
const UPDATES = 200_000;
const BATCH = 2_000;
const KILLS = 8;
/** The first look for what is due comes a second after the start; a pass over all of it takes about one more. */
const UNTIL_IT_COMPACTS_MS = 900;
const COMPACTED_WITHIN_MS = 30_000;
const topic = 'compacted';
const METADATA = '00000000000000000000000000000001-0';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-compaction-'));
const broker = new BrokerProcess(folder, await freePort(), [
  '--set',
  'log.cleaner.backoff.ms=100',
  '--set',
  'log.flush.offset.checkpoint.interval.ms=1000',
  '--set',
  'log.segment.delete.delay.ms=0',
]);
await broker.start();
const kafka = new Kafka({
  clientId: 'compaction',
  brokers: [`127.0.0.1:${broker.port}`],
  logLevel: logLevel.NOTHING,
  retry: { retries: 50, initialRetryTime: 50, maxRetryTime: 500 },
});
const admin = kafka.admin();
await admin.connect();
await admin.createTopics({
  topics: [
    {
      topic,
      numPartitions: 1,
      configEntries: [
        { name: 'cleanup.policy', value: 'compact' },
        { name: 'segment.bytes', value: '1048576' },
        { name: 'min.cleanable.dirty.ratio', value: '0.01' },
      ],
    },
  ],
});
const expected = new Map<string, string>();
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
await producer.connect();
for (let n = 0; n < UPDATES; n += BATCH) {
  const messages = Array.from({ length: BATCH }, (_, at) => {
    const [key, value] = [`key-${(n + at) % KEYS}`, `value ${n + at} ${'x'.repeat(80)}`];
    expected.set(key, value);
    return { key, value, headers: { update: String(n + at) } };
  });
  const compression = (n / BATCH) % 3 === 0 ? CompressionTypes.GZIP : CompressionTypes.None;
  await producer.send({ topic, messages, compression, acks: -1 });
  if (n === UPDATES / 2) {
    await broker.kill();
    await broker.start();
  }
}
await producer.disconnect();
await admin.disconnect();

const before = await consume();
for (let kill = 0; kill < KILLS; kill++) {
  await sleep(UNTIL_IT_COMPACTS_MS + Math.random() * 1_200);
  await broker.kill();
  await broker.start();
}
const deadline = Date.now() + COMPACTED_WITHIN_MS;
while (segmentFiles('log').length > 4 && Date.now() < deadline) await sleep(200);
const after = await consume();
assert.ok(after.records < UPDATES / 8, `${after.records} records are left of ${UPDATES}`);
assert.ok(after.records >= KEYS);
await broker.stop();

const logs = segmentFiles('log|index|timeindex').filter((file) => file.includes('/cleaned-'));
assert.ok(
  logs.some((file) => file.endsWith('.log')),
  'no compacted segment is there',
);
let listed = 0;
for (const file of logs) {
  const deep = file.endsWith('.log') ? ['--print-data-log'] : [];
  const { status, stdout, stderr } = spawnSync(TOOL, ['kafka-dump-log', '--files', file, ...deep], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  assert.equal(status, 0, `${file}: ${stderr}`);
  assert.doesNotMatch(stdout, /isvalid: false|mismatch|corrupt|Found timestamp|out of order/i, file);
  assert.doesNotMatch(stderr, /exception/i, file);
  listed += stdout.match(/payload: value \d+ x{80}/g)?.length ?? 0;
}
assert.ok(listed > 0);
rmSync(folder, { recursive: true, force: true });
console.log(
  `${UPDATES} updates of ${KEYS} keys, ${KILLS + 1} kills: ${before.records} records before, ${after.records} after; ` +
    `kafka-dump-log lists ${listed} in ${logs.length} files of compacted segments`,
);
process.exit(0);

/** Those of the topic, which is the only one with so many records. */
function segmentFiles(suffixes: string): string[] {
  const partitions = path.join(folder, 'partitions');
  return readdirSync(partitions, { recursive: true, encoding: 'utf8' })
    .filter((file) => new RegExp(`\\d{20}\\.(${suffixes})$`).test(file) && !file.startsWith(METADATA))
    .map((file) => path.join(partitions, file));
}

/** Reads from the start to the end; every key must have its newest value, offsets must rise. */
async function consume(): Promise<{ records: number }> {
  const reader = kafka.consumer({ groupId: `check-${Math.random()}` });
  const asking = kafka.admin();
  await asking.connect();
  const [{ high } = { high: '0' }] = await asking.fetchTopicOffsets(topic);
  await asking.disconnect();
  assert.equal(Number(high), UPDATES);
  await reader.connect();
  await reader.subscribe({ topic, fromBeginning: true });
  const found = new Map<string, string>();
  let records = 0;
  let last = -1;
  await new Promise<void>((resolve, reject) => {
    reader
      .run({
        eachBatch: async ({ batch }) => {
          for (const message of batch.messages) {
            const offset = Number(message.offset);
            if (offset <= last) reject(new Error(`offset ${offset} after ${last}`));
            last = offset;
            records++;
            found.set(String(message.key), String(message.value));
            const update = String(message.headers?.['update']);
            if (update !== String(offset))
              reject(new Error(`offset ${offset} has the headers of update ${update}`));
          }
          if (last === UPDATES - 1) resolve();
        },
      })
      .catch(reject);
  });
  await reader.disconnect();
  assert.deepEqual(found, expected);
  return { records };
}
