/**
 * Damage: random bit flips and truncations in live bytes of a folder that was stopped in peace. Each is held against
 *
 *   gregor verify   must name it, in its file and at its byte
 *   the broker      must refuse the folder, or answer CORRUPT_MESSAGE, or be right all the same (an index or a snapshot that is
 *                   made anew): whatever it serves is byte for byte what was written, at its offset, and nothing is missing;
 *                   readers of committed records are told the transactions that were aborted, and no others
 *
 *   node test/damage/damage.ts --count 500 --seed 1
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silent } from '../../src/base/index.ts';
import { NodeDisk, nodeEnvironment } from '../../src/env/node/index.ts';
import { SeededRandom } from '../../src/env/seeded-random.ts';
import { verify } from '../../src/inspect/index.ts';
import { DEFAULT_STORAGE, read } from '../../src/partition/index.ts';
import { encodeBatch, encodeMarker, forEachBatch, KafkaError } from '../../src/protocol/index.ts';
import { type Server, startServer } from '../../src/server/index.ts';
import { createTopic } from '../kill/account.ts';
import { KillProofProducer } from '../kill/producer.ts';
import { freePort } from '../wire/broker-process.ts';
import { number, readOptions, text } from '../../scripts/options.ts';

const KIBIBYTE = 1024;
const TOPIC = 'orders';
const PARTITIONS = 3;
const RECORDS = 3_000;
const LOOKUPS = 10;
/** In each of the two lives of the folder. */
const ABORTED = 40;
const ABORTED_ENTRY_BYTES = 34;
/** Small, so that a folder is copied quickly. */
const STORAGE = {
  journal: { ...DEFAULT_STORAGE.journal, stepBytes: 512 * KIBIBYTE, reserveBytes: 128 * KIBIBYTE },
};
const { values } = readOptions(import.meta.filename, { count: number(500), seed: text('1') });
const { count } = values;
const random = new SeededRandom(values.seed);
const workspace = mkdtempSync(path.join(os.tmpdir(), 'gregor-damage-'));
const sound = path.join(workspace, 'sound');
const copy = path.join(workspace, 'copy');

/** A file that the manifest names, and how many of its bytes count. */
interface Live {
  readonly file: string;
  readonly bytes: number;
}

/** Base offset → bytes of each batch, by `topic id-partition`. */
type Content = Map<string, Map<number, Buffer>>;

const problems: string[] = [];
const outcomes = { refused: 0, corrupt: 0, right: 0 };
const kinds: Record<string, number> = {};
try {
  await makeFolder();
  const live = await liveFiles();
  const reference = await serve(sound, true);
  if (reference.failures > 0) throw new Error('the sound folder cannot be read');
  for (let n = 0; n < count; n++) {
    const { file, bytes } = pick(live);
    const at = random.below(bytes);
    const isCut = n % 5 === 4;
    rmSync(copy, { recursive: true, force: true });
    cpSync(sound, copy, { recursive: true });
    spoil(path.join(copy, file), at, isCut);
    const what = `${isCut ? 'cut' : 'flip'} in ${file} at byte ${at} of ${bytes}`;
    kinds[path.extname(file) || path.basename(file)] =
      (kinds[path.extname(file) || path.basename(file)] ?? 0) + 1;
    await judge(what, file, at, isCut, reference);
  }
} finally {
  rmSync(workspace, { recursive: true, force: true });
}
const where = Object.entries(kinds).map(([kind, times]) => `${kind} ${times}`);
console.log(
  `${count} damages (${where.join(', ')}) · all named by verify but ${problems.filter((p) => p.includes('verify')).length} · broker: ` +
    `${outcomes.refused} refused, ${outcomes.corrupt} CORRUPT_MESSAGE, ${outcomes.right} made anew · ${problems.length} violations`,
);
for (const problem of problems.slice(0, 20)) console.log(`  ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);

/** Written by real producers over the wire, stopped in peace, then opened, gone on with and stopped again. */
async function makeFolder(): Promise<void> {
  for (const name of ['first', 'second']) {
    const port = await freePort();
    const server = await start(sound, port);
    if (name === 'first') {
      await createTopic(port, TOPIC, PARTITIONS);
      await server.log.createTopic('large', 1);
    }
    const producers = [true, false].map(
      (isIdempotent) =>
        new KillProofProducer(`${name}-${isIdempotent}`, TOPIC, port, [0, 1, 2], isIdempotent),
    );
    await Promise.all(producers.map((one) => one.run(() => one.acknowledged.length >= RECORDS / 2)));
    const value = 'x'.repeat(20 * KIBIBYTE);
    for (let n = 0; n < 60; n++) await server.log.append('large', [{ key: `${n}`, value: `${n} ${value}` }]);
    for (let n = 0; n < ABORTED; n++) await abort(server, name === 'first' ? 0 : 1, n);
    if (name === 'first')
      await server.kill(); // so that there is more than one leader epoch
    else await server.stop();
  }
}

/** A transaction of one record that is aborted. */
async function abort({ broker }: Server, epoch: number, sequence: number): Promise<void> {
  const partition = broker.partitions.find(broker.image.find(TOPIC)!.id, 0)!;
  const timestamp = Date.now();
  const producer = { producerId: 1_000_000, producerEpoch: epoch };
  const record = { key: null, value: Buffer.from(`aborted ${sequence}`), headers: [], timestamp };
  const batch = { records: [record], ...producer, baseSequence: sequence, isTransactional: true };
  await partition.append(encodeBatch(batch), timestamp).frame?.durable;
  const marker = { ...producer, isCommit: false, coordinatorEpoch: 0, timestamp };
  await broker.partitions.commit([{ partition, bytes: encodeMarker(marker) }], timestamp).durable;
}

function start(folder: string, port?: number): Promise<Server> {
  const settings = new Map([
    ['offsets.topic.num.partitions', '1'],
    ['transaction.state.log.num.partitions', '1'],
    ['log.segment.bytes', String(1024 * KIBIBYTE)],
    ['log.index.interval.bytes', '512'],
    ...(port === undefined ? [] : ([['listeners', `PLAINTEXT://127.0.0.1:${port}`]] as [string, string][])),
  ]);
  return startServer(nodeEnvironment(folder), {
    ...{ settings, events: silent, storage: STORAGE, listens: port !== undefined },
  });
}

async function liveFiles(): Promise<Live[]> {
  const { content, findings } = await verify(new NodeDisk(sound, { readOnly: true }), {
    onFinding: () => {},
  });
  if (findings.length > 0) throw new Error(`the sound folder is not: ${JSON.stringify(findings[0])}`);
  const live: Live[] = [];
  for (const { topicId, partition, segments, producerSnapshotOffset } of content!.partitions) {
    const name = (offset: number) => `partitions/${topicId}-${partition}/${String(offset).padStart(20, '0')}`;
    for (const { baseOffset, bytes, indexed, generation, aborted = 0 } of segments) {
      if (generation !== undefined) throw new Error('a sealed folder of this test has no cleaned segments');
      live.push({ file: `${name(baseOffset)}.log`, bytes });
      live.push({ file: `${name(baseOffset)}.index`, bytes: (indexed?.offsetEntries ?? 0) * 8 });
      live.push({ file: `${name(baseOffset)}.timeindex`, bytes: (indexed?.timeEntries ?? 0) * 12 });
      live.push({ file: `${name(baseOffset)}.txnindex`, bytes: aborted * ABORTED_ENTRY_BYTES });
    }
    if (producerSnapshotOffset === undefined) continue;
    const file = `${name(producerSnapshotOffset)}.snapshot`;
    live.push({ file, bytes: readFileSync(path.join(sound, file)).length });
  }
  for (const file of ['manifest-a', 'manifest-b']) {
    const text = readFileSync(path.join(sound, file), 'latin1');
    const [line] = text.split('\n', 1);
    live.push({ file, bytes: line!.length + 1 + Number(line!.split(' ')[3]) });
  }
  return live.filter(({ bytes }) => bytes > 0);
}

/** Half of the time any live byte, else any file: else nothing small would ever be hit. */
function pick(live: readonly Live[]): Live {
  if (random.below(2) === 0) return live[random.below(live.length)]!;
  let at = random.below(live.reduce((sum, { bytes }) => sum + bytes, 0));
  return live.find(({ bytes }) => (at -= bytes) < 0)!;
}

function spoil(file: string, at: number, isCut: boolean): void {
  if (isCut) {
    truncateSync(file, at);
    return;
  }
  const bytes = readFileSync(file);
  bytes[at]! ^= 1 << random.below(8);
  writeFileSync(file, bytes);
}

async function judge(
  what: string,
  file: string,
  at: number,
  isCut: boolean,
  reference: Served,
): Promise<void> {
  const { findings } = await verify(new NodeDisk(copy, { readOnly: true }), { onFinding: () => {} });
  const isNamed = findings.some(
    ({ kind, file: named, from = 0, to = 0 }) =>
      kind === 'damage' && named === file && (isCut || (at >= from && at < to)),
  );
  if (!isNamed) problems.push(`${what}: verify says ${JSON.stringify(findings)}`);
  let served: Awaited<ReturnType<typeof serve>>;
  try {
    served = await serve(copy, false);
  } catch (error) {
    if (
      !['ManifestDamaged', 'ManifestUnknown', 'JournalDamaged'].includes((error as Error).name) &&
      !(error instanceof KafkaError)
    )
      problems.push(`${what}: the start failed with ${(error as Error).stack}`);
    outcomes.refused++;
    return;
  }
  if (served.failures > 0) outcomes.corrupt++;
  else outcomes.right++;
  const wrong = compare(served, reference);
  if (wrong !== undefined) problems.push(`${what}: the broker ${wrong}`);
}

/** What the broker got wrong in silence. */
function compare({ content, corrupt, aborted }: Served, sound: Served): string | undefined {
  const { content: reference } = sound;
  for (const [key, transactions] of sound.aborted)
    if (aborted.get(key) !== transactions) return `tells other aborted transactions of ${key}`;
  for (const [key, batches] of reference) {
    const got = content.get(key);
    if (got === undefined) return `lost partition ${key}`;
    for (const [offset, bytes] of batches) {
      const served = got.get(offset);
      if (served === undefined && !corrupt.has(`${key} ${offset}`))
        return `lost offset ${offset} of ${key} in silence`;
      if (served !== undefined && !served.equals(bytes))
        return `serves something else at offset ${offset} of ${key}`;
    }
    for (const offset of got.keys())
      if (!batches.has(offset)) return `serves a batch at offset ${offset} of ${key} that was never there`;
  }
  return undefined;
}

interface Served {
  readonly content: Content;
  /** The aborted transactions that a reader of committed records is told, by `topic id-partition`. */
  readonly aborted: ReadonlyMap<string, string>;
  /** `topic id-partition offset` of what was answered with CORRUPT_MESSAGE. */
  readonly corrupt: ReadonlySet<string>;
  readonly failures: number;
}

/** Everything that a broker on this folder serves. It is killed afterwards, so that the folder stays as it is. */
async function serve(folder: string, isSound: boolean): Promise<Served> {
  const at = isSound ? copy : folder;
  if (isSound) cpSync(folder, copy, { recursive: true });
  const server = await start(at);
  const content: Content = new Map();
  const corrupt = new Set<string>();
  const aborted = new Map<string, string>();
  try {
    for (const partition of server.broker.partitions.all()) {
      const key = `${partition.topicId}-${partition.index}`;
      const batches = new Map<number, Buffer>();
      content.set(key, batches);
      const take = async (offset: number): Promise<number> => {
        let next = offset + 1;
        try {
          for (const bytes of await read(partition, offset, 64 * KIBIBYTE, 'read_uncommitted'))
            forEachBatch(bytes, (batch) => {
              batches.set(batch.baseOffset, Buffer.from(batch.bytes));
              next = batch.lastOffset + 1;
            });
        } catch (error) {
          if (!(error instanceof KafkaError) || error.errorName !== 'CORRUPT_MESSAGE') throw error;
          corrupt.add(`${key} ${offset}`);
        }
        return next;
      };
      // In any order first, so that the index leads the way; then from the start on, where one read follows the other.
      const { logStartOffset, highWatermark } = partition;
      aborted.set(key, JSON.stringify(await partition.log.abortedBetween(logStartOffset, highWatermark)));
      for (let n = 0; n < LOOKUPS && highWatermark > logStartOffset; n++)
        await take(logStartOffset + random.below(highWatermark - logStartOffset));
      for (let offset = logStartOffset; offset < highWatermark; ) offset = await take(offset);
    }
    return { content, corrupt, aborted, failures: corrupt.size };
  } finally {
    await server.kill();
  }
}
