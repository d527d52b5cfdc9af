/**
 * What helps against duplicates when the *producer* is killed and run again: nothing, an idempotent producer, or a transaction.
 *
 *   npm run demo:duplicates                 about 30 seconds
 *   npm run demo:duplicates -- --records 20000 --kills 10
 *
 * The same Python program (duplicates_producer.py) sends the same orders in each mode; `deduplicated` is the plain one, to a topic with
 * `gregor.dedupe.by=value`. Idempotence takes the repetitions out that the
 * client makes by itself; a program that starts again is a new producer with a new id, and sends again what it had not
 * noted. Exit code 1 when a record is missing anywhere, or is there twice with transactions or on the topic that deduplicates.
 */
import { spawn } from 'node:child_process';
import kafkajs from 'kafkajs';
import { type EmbeddedBroker, startBroker } from '../../src/testing/index.ts';
import { pythonWith } from './python.ts';
import { number, readOptions } from '../options.ts';

const MODES = ['plain', 'idempotent', 'transactional', 'deduplicated'] as const;
const SOURCE = 'orders';
/** A mode that takes longer has failed. */
const MODE_MS = 60_000;
const LOOK_MS = 50;

const { values } = readOptions(import.meta.filename, { records: number(6000), kills: number(6) });
const { records: recordCount, kills } = values;
const found = pythonWith(['aiokafka']);
if ('missing' in found) {
  console.error(`The demo needs Python 3 and PyPI: ${found.missing}`);
  process.exit(1);
}
const { python } = found;
await using broker = await startBroker({
  topics: { [SOURCE]: 1 },
  settings: { 'group.min.session.timeout.ms': 500 },
});
await broker.append(
  SOURCE,
  Array.from({ length: recordCount }, (_, n) => ({ value: `order ${n}` })),
);
console.log(
  `${recordCount} orders; the producer is killed with -9 ${kills} times in each mode, and run again\n`,
);
const results = [];
for (const mode of MODES) {
  const result = await run(broker, mode);
  results.push(result);
  console.log(
    `  ${mode.padEnd(14)} ${String(result.records).padStart(7)} records   ${String(result.twice).padStart(5)} twice   ${String(result.missing).padStart(5)} missing`,
  );
}
console.log(`
  idempotent: the broker drops what one producer sends again by itself. A producer that was killed comes back with a new id.
  transactional: records and position are one; what was not finished is not there.
  deduplicated: the plain program; the topic has gregor.dedupe.by=value, and takes no order a second time. More in docs/guides/duplicates.md.`);
const isRight =
  results.every(({ missing }) => missing === 0) && results.slice(2).every(({ twice }) => twice === 0);
process.exitCode = isRight ? 0 : 1;

async function run(running: EmbeddedBroker, mode: (typeof MODES)[number]) {
  const target = `sent-${mode}`;
  await running.createTopic(target);
  if (mode === 'deduplicated') await alter(running, target, 'gregor.dedupe.by', 'value');
  const counts = new Map<string, number>();
  const reading = new AbortController();
  const read = (async () => {
    for await (const record of running.read(target, { signal: reading.signal }))
      counts.set(record.text(), (counts.get(record.text()) ?? 0) + 1);
  })();
  const deadline = Date.now() + MODE_MS;
  let killed = 0;
  let child = start(mode, target);
  while (counts.size < recordCount && Date.now() < deadline) {
    await pause(LOOK_MS);
    if (killed >= kills || counts.size < ((killed + 1) * recordCount) / (kills + 1)) continue;
    killed++;
    child.kill('SIGKILL');
    child = start(mode, target);
  }
  await pause(500); // a duplicate would come now
  child.kill('SIGKILL');
  reading.abort();
  await read;
  let records = 0;
  let twice = 0;
  for (const count of counts.values()) {
    records += count;
    if (count > 1) twice++;
  }
  return { records, twice, missing: recordCount - counts.size };
}

async function alter(running: EmbeddedBroker, topic: string, name: string, value: string): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [running.bootstrap], logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name, value }] };
  await admin.alterConfigs({ validateOnly: false, resources: [resource] });
  await admin.disconnect();
}

function start(mode: string, target: string) {
  const script = new URL('duplicates_producer.py', import.meta.url).pathname;
  return spawn(python, [script, broker.bootstrap, mode === 'deduplicated' ? 'plain' : mode, SOURCE, target], {
    stdio: 'ignore',
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
