/**
 * Writes a small data folder in the format of this program, for those who come after: every later version must open it.
 *
 *   node test/formats/write-folder.ts test/formats/v2
 *
 * Run it once when a format changes, with the last program that wrote the old one, and commit the folder. It ends as
 * kill -9 would, so that it holds segments, a producer snapshot and frames that must be replayed.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silent } from '../../src/base/index.ts';
import { nodeEnvironment } from '../../src/env/node/index.ts';
import { encodeBatch, encodeMarker } from '../../src/protocol/index.ts';
import { DEFAULT_STORAGE, type Server, startServer } from '../../src/server/index.ts';
import { CONTENT } from './content.ts';

const KIB = 1024;
const STORAGE = {
  tailBytes: 64 * KIB,
  journal: {
    ...DEFAULT_STORAGE.journal,
    limitBytes: 256 * KIB,
    fileBytes: 64 * KIB,
    stepBytes: 64 * KIB,
    frameTargetBytes: 8 * KIB,
    reserveBytes: 8 * KIB,
  },
};
const SETTINGS = new Map([
  ['offsets.topic.num.partitions', '1'],
  ['transaction.state.log.num.partitions', '1'],
  ['listeners', 'PLAINTEXT://127.0.0.1:0'],
]);

const target = process.argv[2];
if (target === undefined) throw new Error('usage: node test/formats/write-folder.ts FOLDER');
const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-format-'));
const start = () =>
  startServer(nodeEnvironment(folder), {
    settings: SETTINGS,
    events: silent,
    storage: STORAGE,
    listens: false,
  });

let server = await start();
await server.log.createTopic(CONTENT.topic, 2);
await server.log.createTopic(CONTENT.undone, 1);
await append(server, 0, CONTENT.inSegments);
await abort(server, 0);
await server.stop();
server = await start();
await append(server, CONTENT.inSegments, CONTENT.inJournal);
await abort(server, 1);
await server.kill();
cpSync(folder, target, { recursive: true, filter: (name) => !path.basename(name).startsWith('.') });
rmSync(folder, { recursive: true });
process.exit(0);

/** Records of an idempotent producer to partition 0; the one of partition 1 has none. */
async function append({ broker, log }: Server, from: number, count: number): Promise<void> {
  const topic = broker.image.find(CONTENT.topic)!;
  const partition = broker.partitions.find(topic.id, 0)!;
  let last: Promise<void> | undefined;
  for (let n = from; n < from + count; n++) {
    const record = {
      key: Buffer.from(`k${n}`),
      value: Buffer.from(CONTENT.value(n)),
      headers: [],
      timestamp: CONTENT.timestamp + n,
    };
    const batch = { records: [record], producerId: CONTENT.producerId, producerEpoch: 0, baseSequence: n };
    last = partition.append(encodeBatch(batch), Date.now()).frame?.durable;
  }
  await last;
  await log.append(CONTENT.topic, [{ value: `after ${from + count}`, partition: 1 }]);
}

/** A transaction of one record that is aborted, and a record that is not. */
async function abort({ broker, log }: Server, life: number): Promise<void> {
  const { partitions, image } = broker;
  const partition = partitions.find(image.find(CONTENT.undone)!.id, 0)!;
  const producer = { producerId: CONTENT.producerId + 1, producerEpoch: life };
  const timestamp = Date.now();
  const record = { key: null, value: Buffer.from('undone'), headers: [], timestamp };
  const batch = { records: [record], ...producer, baseSequence: 0, isTransactional: true };
  await partition.append(encodeBatch(batch), timestamp).frame?.durable;
  const marker = { ...producer, isCommit: false, coordinatorEpoch: 0, timestamp };
  await partitions.commit([{ partition, bytes: encodeMarker(marker) }], timestamp).durable;
  await log.append(CONTENT.undone, [{ value: CONTENT.kept(life) }]);
}
