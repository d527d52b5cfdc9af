/**
 * The same job three times: by hand (aiokafka and one Redis between two processors), as a pipeline in TypeScript, and in YAML. Versions of
 * orders come shuffled, over three partitions, some twice; at random moments a processor is killed with -9.
 *
 *   npm run demo:by-hand                                20,000 records: first undisturbed, for the rate; then 10 kills
 *   npm run demo:by-hand -- --records 100000 --kills 30
 *
 * Says of each how many versions are lost, there twice, and out of order. Exit code 1 when that is not 0 for a pipeline. What is said of the
 * one by hand is said in docs/guides/reorder-by-hand.md.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createTopic, recordsIn } from '../../../bench/topic.ts';
import { makeTarget } from '../../../test/compat/targets.ts';
import { committedSum } from '../../../test/exactly-once/committed-reader.ts';
import { Copier } from '../../../test/exactly-once/copier.ts';
import { WireClient } from '../../../test/wire/wire-client.ts';
import { pause, randomOf } from '../pipeline/faults.ts';
import { TopicReader } from '../pipeline/outcome.ts';
import { RedisProcess } from '../pipeline/redis-process.ts';
import { pythonWith } from '../python.ts';
import { type Order, orders, write } from './orders.ts';
import { number, readOptions } from '../../options.ts';

const EXAMPLES = path.join(import.meta.dirname, '../../../examples/by-hand');
const PROGRAM = path.join(import.meta.dirname, '../../../bin/gregor.mjs');
const PARTITIONS = 3;
const PROCESSORS = 2;
const LOOK_MS = 20;
const WARM_UP = 'warm-up';
/** Nothing more comes. */
const SILENCE_MS = 20_000;
const SETTINGS = ['group.min.session.timeout.ms=500', 'group.initial.rebalance.delay.ms=0'];

interface Job {
  readonly file: string;
  /** Its consumer group; a pipeline's outputs are complete by themselves. */
  readonly group: string | undefined;
  /** What whoever wrote it may promise: of a pipeline, what its plan says. */
  readonly promise: string;
  readonly command: (bootstrap: string, redis: string) => readonly string[];
}

const { values } = readOptions(import.meta.filename, { records: number(20_000), kills: number(10) });
const found = pythonWith(['aiokafka', 'redis']);
if ('missing' in found) {
  console.error(`The demo needs Python 3 and PyPI: ${found.missing}`);
  process.exit(1);
}
const pipeline = (file: string): Job => ({
  file,
  group: undefined,
  promise: 'exactly once',
  command: (bootstrap: string) => [
    ...[process.execPath, PROGRAM, 'pipeline', 'run', path.join(EXAMPLES, file)],
    ...['-b', bootstrap, '--session-timeout', '3'],
  ],
});
const JOBS: readonly Job[] = [
  {
    file: 'orders.py',
    group: 'by-hand',
    promise: 'none',
    command: (bootstrap: string, redis: string) => [
      found.python,
      path.join(EXAMPLES, 'orders.py'),
      bootstrap,
      redis,
    ],
  },
  pipeline('orders.ts'),
  pipeline('orders.yaml'),
];
const { records, kills } = values;
let isRight = true;
console.log(`${records.toLocaleString('en')} versions, ${PROCESSORS} processors, ${kills} kills\n`);
console.log('  job            lines   records/s      lost     twice   out of order   promise');
for (const job of JOBS) {
  const undisturbed = await run(job, 0);
  const { lost, twice, outOfOrder } = await run(job, kills);
  if (job.file !== 'orders.py')
    isRight &&=
      lost + twice + outOfOrder === 0 && undisturbed.lost + undisturbed.twice + undisturbed.outOfOrder === 0;
  const cells = [undisturbed.perSecond, lost, twice, outOfOrder].map((n) => n.toLocaleString('en'));
  const [rate, lostTold, twiceTold, orderTold] = cells as [string, string, string, string];
  const lines = String(linesOf(job.file));
  console.log(
    `  ${job.file.padEnd(13)}${lines.padStart(7)}${rate.padStart(12)}${lostTold.padStart(10)}${twiceTold.padStart(10)}${orderTold.padStart(15)}   ${job.promise}`,
  );
}
console.log(`
  records/s: undisturbed, from the first record written to the last one there, both processors at work. lost, twice, out of order: with the kills.
  lost, by hand: the processor had taken it out of Redis, and died before the broker had it; read again, it is taken for a repetition,
                  and whatever comes behind it waits for ever.
  twice, out of order: two processors take turns at one order, and what the first took out may be sent behind what the second did.`);
process.exit(isRight ? 0 : 1);

async function run(job: Job, killCount: number) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-by-hand-'));
  const target = await makeTarget('gregor', folder, SETTINGS);
  await target.start();
  const redis = await RedisProcess.start(folder);
  const processors = Array.from({ length: PROCESSORS }, () => {
    const [command, ...args] = job.command(`127.0.0.1:${target.port}`, redis.url);
    return new Copier([command!], args);
  });
  try {
    for (const [topic, count] of Object.entries({
      'orders.raw': PARTITIONS,
      orders: PARTITIONS,
      'orders.dead': 1,
    }))
      await createTopic(target.port, topic, count);
    return await play(job, target.port, processors, killCount);
  } finally {
    for (const processor of processors) processor.stop();
    await redis.stop();
    await target.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function play(job: Job, port: number, processors: readonly Copier[], killCount: number) {
  const random = randomOf(1);
  const sent = orders(records, random);
  const seen: Order[] = [];
  const output = new TopicReader(port, 'orders', PARTITIONS, ({ value }) => {
    const order = JSON.parse(String(value)) as Order;
    if (!order.id.startsWith(WARM_UP)) seen.push(order);
  });
  const parts = killCount + 1;
  if (killCount === 0) await warmUp(port, processors, output);
  const first = output.count;
  const began = Date.now();
  let endedAt = began;
  for (let part = 0; part < parts; part++) {
    const share = sent.slice((sent.length * part) / parts, (sent.length * (part + 1)) / parts);
    await write(port, share, PARTITIONS);
    if (part === 0 && killCount > 0) for (const processor of processors) processor.start();
    const before = output.count;
    for (
      const deadline = Date.now() + SILENCE_MS;
      output.count === before && Date.now() < deadline;
      await pause(LOOK_MS)
    )
      await output.readOn();
    endedAt = Date.now();
    if (part === killCount) break;
    await pause(random() * 100);
    await processors[part % PROCESSORS]!.kill();
  }
  for (
    let heard = Date.now();
    output.count - first < records && Date.now() - heard < SILENCE_MS;
    await pause(LOOK_MS)
  ) {
    const before = output.count;
    await output.readOn();
    if (output.count > before) endedAt = heard = Date.now();
  }
  if (job.group !== undefined) await allRead(port, job.group);
  await pause(500); // one too many would come now
  await output.readOn();
  const perSecond = Math.round((seen.length / Math.max(1, endedAt - began)) * 1_000);
  return { perSecond, ...judged(seen) };
}

/** Until every partition is read by somebody: what it takes to start is no part of the rate. */
async function warmUp(port: number, processors: readonly Copier[], output: TopicReader): Promise<void> {
  for (let n = 0; n < PARTITIONS; n++) await write(port, [{ id: `${WARM_UP}-${n}`, version: 1 }], PARTITIONS);
  for (const processor of processors) processor.start();
  for (const deadline = Date.now() + SILENCE_MS; output.count < PARTITIONS; await pause(LOOK_MS)) {
    await output.readOn();
    if (Date.now() > deadline)
      throw new Error(`nothing came within ${SILENCE_MS / 1000} s: ${processors[0]!.errors}`);
  }
}

/** What is missing then is lost, not on its way. */
async function allRead(port: number, group: string): Promise<void> {
  const all = await recordsIn(port, 'orders.raw', PARTITIONS);
  const client = await WireClient.connect(port);
  for (const deadline = Date.now() + SILENCE_MS * 3; ; await pause(LOOK_MS)) {
    if ((await committedSum(client, group, 'orders.raw', PARTITIONS)) === all) break;
    if (Date.now() > deadline) throw new Error(`the group ${group} has not read everything`);
  }
  client.close();
}

function judged(seen: readonly Order[]): { lost: number; twice: number; outOfOrder: number } {
  const versions = new Set<string>();
  const highest = new Map<string, number>();
  let [twice, outOfOrder] = [0, 0];
  for (const { id, version } of seen) {
    const name = `${id}/${version}`;
    if (versions.has(name)) twice++;
    else if (version < (highest.get(id) ?? 0)) outOfOrder++;
    versions.add(name);
    highest.set(id, Math.max(version, highest.get(id) ?? 0));
  }
  return { lost: records - versions.size, twice, outOfOrder };
}

/** Without empty ones, comments and what the file says of itself; of YAML without its tests. */
function linesOf(file: string): number {
  const text = readFileSync(path.join(EXAMPLES, file), 'utf8')
    .replace(/^"""[\s\S]*?"""/, '')
    .replace(/^tests:[\s\S]*/m, '');
  return text.split('\n').filter((line) => !/^\s*($|#|\/\*|\/\/)/.test(line)).length;
}
