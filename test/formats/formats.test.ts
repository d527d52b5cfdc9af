/** Folders of every format that a Gregor ever wrote: this one opens them, finds everything, and goes on writing. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { silent } from '../../src/base/index.ts';
import { nodeEnvironment } from '../../src/env/node/index.ts';
import { encodeBatch } from '../../src/protocol/index.ts';
import { type Server, startServer } from '../../src/server/index.ts';
import { CONTENT } from './content.ts';

const { topic: name, inSegments, inJournal, producerId, value } = CONTENT;
const COUNT = inSegments + inJournal;
const SETTINGS = new Map([
  ['gregor.journal.bytes', '67108864'],
  ['listeners', 'PLAINTEXT://127.0.0.1:0'],
]);
const folders = readdirSync(import.meta.dirname).filter((entry) => /^v\d+$/.test(entry));

test('there is a folder of every format', () => {
  assert.ok(['v1', 'v2', 'v3'].every((format) => folders.includes(format)));
});

for (const format of folders)
  test(`a folder of format ${format} is opened, read, continued and opened again`, async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-formats-'));
    try {
      cpSync(path.join(import.meta.dirname, format), folder, { recursive: true });
      const server = await start(folder);
      assert.equal(server.wasUnclean, true);
      await checkContent(server);
      const partition = partitionOf(server, 0);
      const again = partition.append(batchOf(COUNT - 1), Date.now());
      assert.equal(again.baseOffset, COUNT - 1, 'the producer is known: its retry is a duplicate');
      const bytes = batchOf(COUNT);
      const { partitions } = server.broker;
      for (let wait = partitions.whenReady(bytes.length); wait; wait = partitions.whenReady(bytes.length))
        await wait;
      const next = partition.append(bytes, Date.now());
      assert.equal(next.baseOffset, COUNT);
      await next.frame?.durable;
      await server.stop();

      const after = await start(folder);
      assert.equal(after.wasUnclean, false);
      await checkContent(after);
      assert.equal(partitionOf(after, 0).highWatermark, COUNT + 1);
      await after.stop();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

function start(folder: string): Promise<Server> {
  return startServer(nodeEnvironment(folder), { settings: SETTINGS, events: silent, listens: false });
}

function partitionOf({ broker }: Server, index: number) {
  return broker.partitions.find(broker.image.find(name)!.id, index)!;
}

async function checkContent(server: Server): Promise<void> {
  const values: string[] = [];
  for await (const record of server.log.read(name, { partition: 0, until: 'end' }))
    if (record.offset < COUNT) {
      assert.equal(record.offset, values.length);
      assert.equal(record.timestamp, CONTENT.timestamp + record.offset);
      assert.equal(record.key?.toString(), `k${record.offset}`);
      values.push(record.text());
    }
  assert.deepEqual(
    values,
    Array.from({ length: COUNT }, (_, n) => value(n)),
  );
  const others: string[] = [];
  for await (const record of server.log.read(name, { partition: 1, until: 'end' }))
    others.push(record.text());
  await checkCommitted(server);
  assert.deepEqual(others, [`after ${inSegments}`, `after ${COUNT}`]);
}

/** Folders from version 2 on have transactions that were aborted; the ones before had nothing like it yet. */
async function checkCommitted(server: Server): Promise<void> {
  if (server.broker.image.find(CONTENT.undone) === undefined) return;
  const values: string[] = [];
  for await (const record of server.log.read(CONTENT.undone, { until: 'end' })) values.push(record.text());
  assert.deepEqual(values, [CONTENT.kept(0), CONTENT.kept(1)]);
}

function batchOf(n: number): Buffer {
  const record = {
    key: Buffer.from(`k${n}`),
    value: Buffer.from(value(n)),
    headers: [],
    timestamp: CONTENT.timestamp + n,
  };
  return encodeBatch({ records: [record], producerId, producerEpoch: 0, baseSequence: n });
}
