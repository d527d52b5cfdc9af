/**
 * Clean at the producer: the same flights in three dialects, from three clients, become one canonical topic; and every original comes back
 * byte for byte, from the topic alone.
 *
 *   npm run demo:canonical                    3,000 flights
 *   npm run demo:canonical -- --rows 300000   or --rows 3000000: all
 *
 * Each producer writes to a partition of its own and hashes the raw values it was given; at the end every record is turned back,
 * and the hashes must be the same. Exit code 1 when one is not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Producer } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import {
  canonicalKafkajs,
  canonicalPlatformatic,
  type Header,
  Lens,
  parseDefinition,
  printJson,
} from '../../../src/canonical/index.ts';
import { startBroker } from '../../../src/testing/index.ts';
import { pythonWith } from '../python.ts';
import { Batches, type Sent } from './batches.ts';

const TOPIC = 'flights';
const PARQUET = path.join(import.meta.dirname, '../../../node_modules/vega-datasets/data/flights-3m.parquet');
const DIALECTS = ['ops', 'web', 'legacy'] as const;
const CLIENTS = { ops: 'aiokafka', web: 'kafkajs', legacy: '@platformatic/kafka' };
/** A mile in hundred-thousandths of a kilometre, and the digits behind the point that it needs. */
const MILE = 1_609_344n;

type Dialect = (typeof DIALECTS)[number];

const { values } = parseArgs({ options: { rows: { type: 'string', default: '3000' } } });
const rows = Number(values.rows);
const found = pythonWith(['aiokafka', 'pyarrow']);
if ('missing' in found) {
  console.error(`The demo needs Python 3 and PyPI: ${found.missing}`);
  process.exit(1);
}
const { python } = found;
const definition = await parseDefinition(
  readFileSync(path.join(import.meta.dirname, 'flight.lens.yaml'), 'utf8'),
  'flight.lens.yaml',
);
await using broker = await startBroker({ topics: { [TOPIC]: DIALECTS.length, __canonical: 1 } });
await broker.append('__canonical', [{ key: definition.id, value: printJson(definition.document) }]);

console.log(`${rows.toLocaleString('en')} flights in three dialects\n`);
const began = Date.now();
const [ops, others] = await Promise.all([sendOps(), sendOthers()]);
const sent: Record<Dialect, Sent> = { ops, ...others };
const produced = (Date.now() - began) / 1000;
const restoring = Date.now();
const back = await restored();
const restoredIn = (Date.now() - restoring) / 1000;
let isWhole = true;
for (const dialect of DIALECTS) {
  const { count, digest, bytes, complements, sample } = back[dialect];
  const isSame = count === sent[dialect].count && digest === sent[dialect].digest;
  isWhole &&= isSame;
  console.log(
    `  ${dialect.padEnd(7)} ${CLIENTS[dialect].padEnd(20)} ${String(count).padStart(9)} records  ${isSame ? 'every byte came back' : '✖ NOT THE SAME'}  ${complements} complements, ${bytes} bytes`,
  );
  console.log(`          ${sample.raw}\n          ${sample.canonical}`);
}
const rate = (seconds: number) => `${Math.round(rows / seconds).toLocaleString('en')} records/s`;
console.log(
  `\n  produced in ${produced.toFixed(1)} s (${rate(produced)}, three clients beside the broker), restored in ${restoredIn.toFixed(1)} s (${rate(restoredIn)})`,
);
process.exitCode = isWhole ? 0 : 1;

async function sendOps(): Promise<Sent> {
  const output = await textOf(start('ops.py', [broker.bootstrap, TOPIC, '0', PARQUET, String(rows)]));
  const [count, digest] = output.trim().split(' ');
  return { count: Number(count), digest: digest ?? '' };
}

/** The rows are read once, by Python, and shared by the two clients of this process. */
async function sendOthers(): Promise<Record<'web' | 'legacy', Sent>> {
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
  const web = canonicalKafkajs(
    kafka.producer({ idempotent: true, maxInFlightRequests: 1 }),
    new Lens(definition, 'web'),
  );
  const options = { clientId: 'legacy', bootstrapBrokers: [broker.bootstrap], idempotent: true };
  const legacy = canonicalPlatformatic(
    new Producer<Buffer, Buffer, Buffer, Buffer>(options),
    new Lens(definition, 'legacy'),
  );
  await web.connect();
  const toWeb = new Batches((raws) =>
    web.send({ topic: TOPIC, messages: raws.map((value) => ({ value, partition: 1 })) }),
  );
  const toLegacy = new Batches((raws) =>
    legacy.send({ messages: raws.map((raw) => ({ topic: TOPIC, partition: 2, value: Buffer.from(raw) })) }),
  );
  let row = 0;
  for await (const line of createInterface({ input: start('rows.py', [PARQUET, String(rows)]).stdout! })) {
    const fields = line.split('|') as Fields;
    if (row % 3 === 1) await toWeb.add(inWords(row, fields));
    if (row % 3 === 2) await toLegacy.add(inCodes(row, fields));
    row++;
  }
  const results = { web: await toWeb.end(), legacy: await toLegacy.end() };
  await web.disconnect();
  await legacy.close();
  return results;
}

type Fields = [departure: string, delay: string, miles: string, origin: string, destination: string];

function inWords(row: number, [departure, delay, miles, from, to]: Fields): string {
  const [, year, month, day, hour, minute] = /(\d+)-(\d+)-(\d+) (\d+):(\d+)/.exec(departure)!.map(Number);
  const departed = `${month}/${day}/${year} ${hour}:${String(minute).padStart(2, '0')}`;
  return JSON.stringify({ row, leg: { from, to }, departed, delay, miles });
}

function inCodes(row: number, [departure, delay, miles, from, to]: Fields): string {
  const kilometres = String(BigInt(miles) * MILE)
    .padStart(7, '0')
    .replace(/(\d{6})$/, ',$1')
    .replace(/,?0+$/, '');
  const late = delay === '' ? 'NA' : Number(delay) * 60;
  const when = departure.replaceAll(/[-:]/g, '');
  return JSON.stringify({
    NO: String(row),
    FROM_TO: `${from}-${to}`,
    WHEN: when,
    LATE_S: late,
    KM: kilometres,
  });
}

async function restored() {
  const sides = DIALECTS.map((dialect) => ({
    lens: new Lens(definition, dialect),
    hash: createHash('sha256'),
    count: 0,
    bytes: 0,
    complements: 0,
    sample: { raw: '', canonical: '' },
  }));
  for await (const record of broker.read(TOPIC, { from: 'start', until: 'end' })) {
    const side = sides[record.partition]!;
    const headers = record.headers.map(([name, value]): Header => [String(name), Buffer.from(value!)]);
    const raw = side.lens.toRaw({ value: record.value, headers }).value!;
    side.hash.update(raw);
    side.bytes += raw.length;
    if (headers.some(([name]) => name === 'gregor-complement')) side.complements++;
    if (side.count++ === 0) side.sample = { raw: Buffer.from(raw).toString(), canonical: record.text() };
  }
  const results = sides.map(
    (side, index) => [DIALECTS[index]!, { ...side, digest: side.hash.digest('hex') }] as const,
  );
  return Object.fromEntries(results) as Record<Dialect, (typeof sides)[number] & { digest: string }>;
}

function start(script: string, parameters: readonly string[]): ChildProcess {
  return spawn(python, [path.join(import.meta.dirname, script), ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function textOf(child: ChildProcess): Promise<string> {
  let output = '';
  child.stdout!.on('data', (bytes) => (output += bytes));
  return new Promise((resolve, reject) =>
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`the producer ended with ${code}`)),
    ),
  );
}
