/**
 * kafka-dump-log on our files: every batch of every compression is listed with its records, indexes and snapshots are
 * sound. The broker is one of this suite's own, because its folder is looked at.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Producer, stringSerializers } from '@platformatic/kafka';
import { BrokerProcess, freePort } from '../../wire/broker-process.ts';

const TOOL = path.join(import.meta.dirname, '../kafka-tool');
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const RECORDS = 200;
const BATCHES = 15;
const topic = 'dumped';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-dump-'));
const broker = new BrokerProcess(folder, await freePort(), [
  '--set',
  'log.segment.bytes=1048576',
  '--set',
  'log.index.interval.bytes=512',
]);
await broker.start();
const producer = new Producer({
  clientId: 'dump',
  bootstrapBrokers: [`127.0.0.1:${broker.port}`],
  serializers: stringSerializers,
  idempotent: true,
  autocreateTopics: true,
});
for (const compression of CODECS)
  for (let batch = 0; batch < BATCHES; batch++)
    await producer.send({
      compression,
      messages: Array.from({ length: RECORDS }, (_, n) => ({
        topic,
        partition: 0,
        key: `k${n}`,
        value: `${compression} ${n} ${'x'.repeat(100)}`,
      })),
    });
await producer.close();
const transactional = new Producer({
  clientId: 'dump',
  bootstrapBrokers: [`127.0.0.1:${broker.port}`],
  serializers: stringSerializers,
  idempotent: true,
  transactionalId: 'dump',
});
for (const end of ['commit', 'abort'] as const) {
  const transaction = await transactional.beginTransaction();
  await transaction.send({ messages: [{ topic, partition: 0, value: end }] });
  await transaction[end]();
}
await transactional.close();
await broker.stop();

const partitions = path.join(folder, 'partitions');
let records = 0;
let files = 0;
let aborted = 0;
for (const partition of readdirSync(partitions))
  for (const file of readdirSync(path.join(partitions, partition))) {
    if (!/\.(log|index|timeindex|txnindex|snapshot)$/.test(file)) continue;
    const full = path.join(partitions, partition, file);
    const deep = file.endsWith('.log') ? ['--print-data-log'] : [];
    const { status, stdout, stderr } = spawnSync(TOOL, ['kafka-dump-log', '--files', full, ...deep], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    assert.equal(status, 0, `${full}: ${stderr}`);
    assert.doesNotMatch(stdout, /isvalid: false|mismatch|corrupt|Found timestamp|out of order/i, full);
    assert.doesNotMatch(stderr, /exception/i, full);
    records += stdout.match(/payload: (none|gzip|snappy|lz4|zstd) \d+ x{100}/g)?.length ?? 0;
    aborted += stdout.match(/firstOffset: \d+/g)?.length ?? 0;
    files++;
  }
assert.equal(records, CODECS.length * BATCHES * RECORDS);
assert.equal(aborted, 1, 'the index of aborted transactions');
rmSync(folder, { recursive: true, force: true });
console.log(`${files} files, ${records} records of every compression listed, indexes and snapshots sound`);
process.exit(0);
