/** One run of the demo: broker, three producers, pipeline, faults; and at the end every record compared with the reference. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createTopic, recordsIn } from '../../../bench/topic.ts';
import { makeTarget, type Target, type TargetName } from '../../../test/compat/targets.ts';
import { committedSum } from '../../../test/exactly-once/committed-reader.ts';
import { Copier } from '../../../test/exactly-once/copier.ts';
import { WireClient } from '../../../test/wire/wire-client.ts';
import { type Counts, inflict, pause, randomOf } from './faults.ts';
import { brokenIn, DeadLetters, Flights, firstOf, TopicReader } from './outcome.ts';
import { RedisProcess } from './redis-process.ts';

const PRODUCERS = 3;
const PARTITIONS = 3;
/** The pipeline has committed nothing for so long, on however busy a machine: what is missing now stays missing. */
const SILENCE_MS = 300_000;
const LOOK_MS = 200;
const SAY_MS = 5_000;
/** A record that came too often would come now. */
const AFTER_MS = 1_500;
const SETTINGS = ['group.min.session.timeout.ms=500', 'group.initial.rebalance.delay.ms=0'];
/** A killed pipeline is back after so long; where none is killed, nothing is gained by being hasty with a busy machine. */
const SESSION_SECONDS = { withKills: 3, else: 30 };
/** The keyBys of the plan: flights.ts. */
const HOPS = { memory: ['by-origin'], redis: ['by-origin', 'to-order'] };
const PROGRAM = path.join(import.meta.dirname, '../../../bin/gregor.mjs');

export interface RunOptions {
  readonly target: TargetName;
  readonly store: 'memory' | 'redis';
  readonly rows: number;
  readonly faults: Omit<Counts, 'underWay'>;
  readonly seed: number;
  readonly python: string;
  /** Where flights-3m.parquet and airports.csv are. */
  readonly data: string;
  readonly folder: string;
  readonly expected: Flights;
  readonly say: (text: string) => void;
}

export interface RunResult {
  readonly sent: number;
  readonly duplicates: number;
  readonly broken: number;
  readonly outputs: number;
  readonly deadLetters: ReadonlyMap<string, number>;
  readonly faults: Counts;
  /** Times that the pipeline ended without being killed: at its start nobody answered. */
  readonly ends: number;
  /** From the first record sent to the last one out. */
  readonly seconds: number;
  /** What is not as it must be, in words. */
  readonly wrong: readonly string[];
  /** What the pipeline said last. */
  readonly said: string;
}

interface Stage {
  readonly target: Target;
  readonly redis: RedisProcess | undefined;
  readonly pipeline: Copier;
  readonly children: ChildProcess[];
}

export async function run(options: RunOptions): Promise<RunResult> {
  const target = await makeTarget(options.target, options.folder, SETTINGS);
  await target.start();
  const redis = options.store === 'redis' ? await RedisProcess.start(options.folder) : undefined;
  const sessionSeconds = options.faults.pipeline > 0 ? SESSION_SECONDS.withKills : SESSION_SECONDS.else;
  const pipeline = new Copier(
    [process.execPath, PROGRAM, 'pipeline', 'run', path.join(import.meta.dirname, 'flights.ts')],
    ['-b', address(target), '--session-timeout', String(sessionSeconds)],
    redis === undefined ? {} : { FLIGHTS_REDIS: redis.url },
  );
  const stage: Stage = { target, redis, pipeline, children: [] };
  try {
    await prepare(options, stage);
    return await play(options, stage);
  } finally {
    pipeline.stop();
    for (const child of stage.children) child.kill('SIGKILL');
    await redis?.stop();
    await target.stop();
  }
}

async function prepare(options: RunOptions, stage: Stage): Promise<void> {
  const { port } = stage.target;
  await createTopic(port, 'flights.raw', PRODUCERS);
  await createTopic(port, 'airports', PARTITIONS, { 'cleanup.policy': 'compact' });
  await createTopic(port, 'flights', PARTITIONS, { 'retention.ms': '-1' }); // its records bear the dates of the flights
  const airports = path.join(options.data, 'airports.csv');
  const { code, errors } = await script(options, stage, [
    'airports.py',
    address({ port }),
    'airports',
    airports,
  ]).finished;
  if (code !== 0) throw new Error(`the airports could not be sent: ${errors}`);
}

async function play(options: RunOptions, stage: Stage): Promise<RunResult> {
  const { rows, faults, folder, expected } = options;
  const began = Date.now();
  stage.pipeline.start();
  const brokenFiles = Array.from({ length: PRODUCERS }, (_, n) => path.join(folder, `broken-${n}`));
  const producers = brokenFiles.map((file, n) => producer(options, stage, { n, file }));
  const done: Counts = { broker: 0, pipeline: 0, redis: 0, underWay: 0 };
  const ended = Promise.all([
    ...producers.map(({ finished }) => finished),
    inflict(faults, {
      broker: stage.target,
      pipeline: stage.pipeline,
      redis: stage.redis,
      release: (share) => producers.forEach(({ child }) => child.stdin!.write(`${share}\n`)),
      progress: () => progress(stage.target, options.store),
      backlog: () => backlog(stage.target),
      random: randomOf(options.seed),
      done,
    }),
  ]);
  const { flights, dead, outputs, endedAt } = await read(options, stage.target, { ended, done });
  const ends = await Promise.all(producers.map(({ finished }) => finished));
  const counts = ends.map(({ last }) => last.split(' ').map(Number));
  const [sent, duplicates, broken] = [0, 1, 2].map((n) =>
    counts.reduce((sum, one) => sum + (one[n] ?? 0), 0),
  ) as [number, number, number];
  const wrong = [
    ...ends.filter(({ code }) => code !== 0).map(({ errors }) => `a producer gave up: ${errors}`),
    ...(sent === rows ? [] : [`${sent} flights were sent, ${rows} wanted`]),
    ...(outputs >= rows
      ? []
      : [`${outputs} came out; then nothing was committed for ${SILENCE_MS / 1000} s`]),
    ...flights.differences(expected),
    ...dead.differences(brokenIn(brokenFiles)),
  ];
  const said = firstOf(stage.pipeline.errors.split('\n').slice(-8));
  const seconds = (endedAt - began) / 1_000;
  const ownEnds = stage.pipeline.ends;
  return {
    sent,
    duplicates,
    broken,
    outputs,
    deadLetters: dead.counts,
    faults: done,
    ends: ownEnds,
    seconds,
    wrong,
    said,
  };
}

/** What comes out, until all is there, or nothing has come for a long time. */
async function read(
  { rows, store, say }: RunOptions,
  target: Target,
  { ended, done }: { readonly ended: Promise<unknown>; readonly done: Counts },
) {
  const flights = new Flights();
  const dead = new DeadLetters();
  const { port } = target;
  const outputs = new TopicReader(port, 'flights', PARTITIONS, ({ key, value }) =>
    flights.add(String(key), String(value)),
  );
  const deadLetters = new TopicReader(port, 'flights.dead', 1, (record) => dead.add(record));
  const saying = setInterval(() => {
    const share = ((outputs.count / rows) * 100).toFixed(0).padStart(3);
    const flushes = done.redis > 0 ? `, Redis emptied ${done.redis} times` : '';
    say(`${share} % out · ${done.broker} kills of the broker, ${done.pipeline} of the pipeline${flushes}`);
  }, SAY_MS);
  let endedAt = Date.now();
  try {
    let isSent = false;
    let heard = Date.now();
    void ended.then(() => {
      isSent = true;
      heard = Date.now();
    });
    let committed = 0;
    for (; !isSent || Date.now() - heard < SILENCE_MS; await pause(LOOK_MS)) {
      const before = outputs.count;
      await outputs.readOn().catch(() => undefined); // the broker is away at the moment
      if (outputs.count > before) endedAt = heard = Date.now();
      if (isSent && outputs.count >= rows) break;
      if (outputs.count > before) continue;
      const now = (await progress(target, store)) ?? committed;
      if (now !== committed) heard = Date.now();
      committed = now;
    }
    await ended;
    await pause(AFTER_MS);
    await outputs.readOn();
    await deadLetters.readOn();
  } finally {
    clearInterval(saying);
  }
  return { flights, dead, outputs: outputs.count, endedAt };
}

function producer(
  options: RunOptions,
  stage: Stage,
  { n, file }: { readonly n: number; readonly file: string },
) {
  const { rows, seed, data } = options;
  const parquet = path.join(data, 'flights-3m.parquet');
  const numbers = [rows, seed].map(String);
  return script(options, stage, [
    'producer.py',
    address(stage.target),
    'flights.raw',
    String(n),
    parquet,
    ...numbers,
    file,
  ]);
}

interface Finished {
  readonly code: number | null;
  /** The last line it printed. */
  readonly last: string;
  readonly errors: string;
}

function script(
  { python }: RunOptions,
  { children }: Stage,
  [name, ...args]: readonly string[],
): { readonly child: ChildProcess; readonly finished: Promise<Finished> } {
  const child = spawn(python, [path.join(import.meta.dirname, name!), ...args], { stdio: 'pipe' });
  children.push(child);
  child.stdin.on('error', () => undefined); // it has all that it wanted to hear
  let [last, errors] = ['', ''];
  createInterface({ input: child.stdout }).on('line', (line) => (last = line));
  child.stderr.on('data', (bytes: Buffer) => (errors = (errors + bytes.toString()).slice(-1_000)));
  return { child, finished: once(child, 'close').then(([code]) => ({ code, last, errors })) };
}

/** Every commit moves one of these. */
async function progress({ port }: Target, store: RunOptions['store']): Promise<number | undefined> {
  try {
    const hops = HOPS[store].map((name) => `flights-demo-${name}-repartition`);
    const counts = await Promise.all([...hops, 'flights'].map((name) => recordsIn(port, name, PARTITIONS)));
    return counts.reduce((sum, count) => sum + count, 0);
  } catch {
    return undefined;
  }
}

/** Sent, and not committed by the pipeline. */
async function backlog({ port }: Target): Promise<number | undefined> {
  try {
    const sent = await recordsIn(port, 'flights.raw', PRODUCERS);
    const client = await WireClient.connect(port);
    try {
      return sent - (await committedSum(client, 'flights-demo', 'flights.raw', PRODUCERS));
    } finally {
      client.close();
    }
  } catch {
    return undefined;
  }
}

function address({ port }: { readonly port: number }): string {
  return `127.0.0.1:${port}`;
}
