/**
 * append, crash, recover: idempotent producers write to a few partitions while checkpoints run; the program is killed or the
 * power is cut, again and again, often in the midst of a checkpoint, with a journal that crawls or with everything else
 * crawling; after each start the log is held against what was acknowledged. In half of the seeds many of them write to one
 * partition, small batches and large ones (`Crowd`), on a disk that may be full.
 *
 * Checked meanwhile: after a failed sync of the journal nothing more is acknowledged (D5), and only an error of the disk stops the journal (V2).
 * Checked after every recovery (guarantees D1, D4, I1, I2, O1, O2, O3):
 *   every acknowledged record stands at the offset that was told · nothing is there twice, and nothing that was refused for
 *   good · each producer's records are in the order of their sequence numbers · offsets are dense · what could be read before
 *   a crash can be read after it · a batch that is sent again gets its old offset
 */
import { assert, silent } from '../../src/base/index.ts';
import type { Environment, Random } from '../../src/env/index.ts';
import { type DiskSpeed, Simulation, USUAL_SPEED } from '../../src/env/sim/index.ts';
import {
  DEFAULT_STORAGE,
  durable,
  openStorage,
  type Partition,
  type PartitionConfig,
  type Partitions,
  read,
  type StorageOptions,
} from '../../src/partition/index.ts';
import {
  decodeRecords,
  encodeBatch,
  forEachBatch,
  KafkaError,
  produceCertainty,
} from '../../src/protocol/index.ts';
import type { Outcome } from './scenario.ts';

const TOPIC = 'c0'.repeat(16);
const PARTITIONS = 3;
const KIB = 1024;
/** So many batches of a producer are recognised with their offsets, the one that is under way among them (I3). */
const BATCHES_KEPT = 4;
const OPENED_BYTES_MAX = 1024 * KIB;
/** So many turns of promises an answer takes at most to the next append, where that waits for nothing else. */
const MOMENTS_MAX = 16;
/** After an append that was refused. */
const REFUSED_PAUSE_MS = 20;

const CONFIG: PartitionConfig = {
  maxMessageBytes: 64 * KIB,
  compression: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  compacted: false,
  segmentBytes: 16 * KIB,
  segmentMs: 604_800_000,
  indexIntervalBytes: 512,
  producerExpirationMs: 86_400_000,
  fetchIsolation: 'client',
};

/** What a producer knows about itself; it lives on while brokers die. */
interface Producer {
  readonly id: number;
  readonly partition: number;
  nextSequence: number;
  /** Sent, not answered: to be sent again with the same sequence. */
  waiting: Batch | undefined;
  /** The last few that were acknowledged: they are recognised when they come again. */
  done: { readonly batch: Batch; readonly baseOffset: number }[];
  /** Refused with nothing written: what was sent of these sequences is to be made anew. */
  refusals: number;
}

interface Batch {
  readonly sequence: number;
  readonly values: readonly string[];
}

/** Who writes, and what. In a crowd several large batches of one partition are under way at once, with small ones between them. */
interface Crowd {
  readonly producers: number;
  /** Of the producers; the others are empty. */
  readonly partitions: number;
  /** Of a batch: one of these. */
  readonly valueBytes: readonly number[];
  /** 0: the next append comes in the turn of the answer. */
  readonly pausesMs: readonly number[];
  readonly options: Partial<StorageOptions>;
}

/** What the disk is like in one life, and where the life ends. */
interface Weather {
  readonly speed: DiskSpeed;
  /** How long it lives once it has recovered, at most. */
  readonly ms: number;
  /** Pauses between two checkpoints: up to so much. */
  readonly checkpointPauseMs: number;
  readonly valueBytes: readonly number[];
  /** It dies at a verb of this kind, if it meets one. */
  readonly deathAt: string | undefined;
  /** A sync of this kind fails. */
  readonly errorAt: string | undefined;
  readonly error: 'EIO' | 'ENOSPC';
  /** When the disk is filled up to so many bytes, and for how long. */
  readonly full: { readonly atMs: number; readonly freeBytes: number; readonly ms: number } | undefined;
}

/** What a checkpoint does, and what it competes with. */
const VERBS = [
  ...['write', 'sync'].flatMap((verb) =>
    ['journal', '.log', '.snapshot', '.new', 'manifest'].map((kind) => `${verb} ${kind}`),
  ),
  'sync names of id',
  'open journal',
];

interface Oracle {
  /** Acknowledged: partition → offset → value. */
  readonly acknowledged: Map<number, string>[];
  /** The highest offset that anyone could read, per partition. */
  readonly readable: number[];
  count: number;
  /** In the present life. */
  hadError: boolean;
  /** A sync of the journal failed. */
  hasLostJournal: boolean;
}

/** Runs one seed. Throws with the violation. */
export async function appendCrashRecover(seed: number): Promise<Outcome> {
  const sim = new Simulation(seed);
  const random = sim.random.fork('scenario');
  const oracle: Oracle = {
    acknowledged: Array.from({ length: PARTITIONS }, () => new Map()),
    readable: Array.from({ length: PARTITIONS }, () => 0),
    count: 0,
    hadError: false,
    hasLostJournal: false,
  };
  const ofCrowd = sim.random.fork('crowd');
  const isCrowded = ofCrowd.below(2) === 0;
  const crowd = isCrowded ? drawCrowd(ofCrowd) : SCATTERED;
  const producers: Producer[] = Array.from({ length: crowd.producers }, (_, n) => ({
    id: 100 + n,
    partition: n % crowd.partitions,
    nextSequence: 0,
    waiting: undefined,
    done: [],
    refusals: 0,
  }));
  const lives = 3 + random.below(5);
  const options = { ...storageOptions(random.below(3)), ...crowd.options };
  sim.broker.onFatal = (error) => {
    if (!oracle.hadError) sim.fail(error);
  };
  sim.broker.disk.onError = (verb, path) => {
    oracle.hadError = true;
    oracle.hasLostJournal ||= verb === 'sync' && path.startsWith('journal/');
  };
  await sim.run(async () => {
    for (let life = 0; life < lives; life++) {
      const usual = drawWeather(random);
      const weather = isCrowded ? { ...usual, ...drawStorm(ofCrowd, options, usual) } : usual;
      oracle.hadError = false;
      oracle.hasLostJournal = false;
      const env = sim.boot();
      const isLast = life === lives - 1;
      let recovered = false;
      const running = live({ env, options, producers, oracle, crowd, weather }, () => {
        recovered = true;
        if (!isLast) begin(sim, weather, random.below(2) === 0 ? 'kill' : 'power cut');
      });
      running.catch((error: unknown) => sim.fail(error));
      // Sometimes it dies while it still recovers.
      if (!isLast || random.below(4) > 0)
        for (let waited = 0; !recovered && waited < 10_000; waited += 50)
          await sim.clock.sleep(random.below(100) === 0 ? 1 : 50);
      if (isLast) break;
      await sim.clock.sleep(random.below(weather.ms));
      sim.broker.disk.speed = USUAL_SPEED;
      sim.broker.disk.failPoints.clear();
      sim.broker.disk.foreignBytes = 0;
      if (random.below(2) === 0) sim.kill();
      else sim.powerCut();
    }
    sim.trace(`acknowledged ${oracle.count}`);
  });
  return {
    traceHash: sim.traceHash,
    events: sim.events,
    virtualMs: sim.time,
    lives,
    acknowledged: oracle.count,
    coverage: sim.coverage,
    occasions: new Map(),
  };
}

function drawWeather(random: Random): Weather {
  const crawling = { quickMs: [10, 60][random.below(2)]!, slowShare: 0.1, slowMs: 300 };
  const isUsual = random.below(3) === 0;
  const isJournal = random.below(2) === 0;
  return {
    speed: isUsual ? USUAL_SPEED : { ...crawling, concerns: (kind) => (kind === 'journal') === isJournal },
    ms: !isUsual && isJournal ? 3_000 : 800,
    checkpointPauseMs: [20, 200, 2_000][random.below(3)]!,
    valueBytes: [[100, 700][random.below(2)]!],
    deathAt: random.below(2) === 0 ? VERBS[random.below(VERBS.length)] : undefined,
    errorAt: random.below(8) === 0 ? 'sync journal' : undefined,
    error: 'EIO',
    full: undefined,
  };
}

/** Each for itself. */
const SCATTERED: Crowd = {
  producers: 4,
  partitions: PARTITIONS,
  valueBytes: [],
  pausesMs: [10, 300],
  options: {},
};

function drawCrowd(random: Random): Crowd {
  return {
    producers: 2 + random.below(5),
    partitions: 1 + random.below(PARTITIONS),
    valueBytes: [30, [300, 900, 3_000][random.below(3)]!],
    pausesMs: [[0], [0, 10, 30], [30, 100]][random.below(3)]!,
    options: { directBytes: [400, KIB, 3 * KIB][random.below(3)]! },
  };
}

/** What befalls a crowd: segments are as slow as the journal and only the rest is quick, the disk is full, a sync finds no room. */
function drawStorm(random: Random, { journal }: StorageOptions, { speed }: Weather): Partial<Weather> {
  const isSlow = speed !== USUAL_SPEED && random.below(3) > 0;
  const hasError = random.below(6) === 0;
  const isFull = random.below(3) === 0;
  const diesAtManifest = random.below(2) === 0;
  return {
    ...(isSlow ? { speed: { ...speed, concerns: (kind) => kind === 'journal' || kind === '.log' } } : {}),
    checkpointPauseMs: [5, 20, 200][random.below(3)]!,
    ...(diesAtManifest ? { deathAt: 'sync manifest' } : {}),
    ...(hasError
      ? {
          errorAt: ['sync journal', 'sync .log', 'sync .log'][random.below(3)]!,
          error: (['EIO', 'ENOSPC'] as const)[random.below(2)]!,
        }
      : {}),
    full: isFull
      ? {
          atMs: random.below(random.below(2) === 0 ? 40 : 400),
          freeBytes: random.below(2) === 0 ? 0 : random.below(3 * journal.stepBytes),
          ms: 100 + random.below(900),
        }
      : undefined,
  };
}

/** From now on the weather is what it is. */
function begin(sim: Simulation, weather: Weather, how: 'kill' | 'power cut'): void {
  const { speed, deathAt, errorAt, error: code, full } = weather;
  const { broker, random } = sim;
  broker.disk.speed = speed;
  const nth = 1 + random.below(6);
  if (errorAt !== undefined) broker.disk.failPoints.add({ matches: (kind) => kind === errorAt, nth, code });
  if (full !== undefined) fill(sim, full);
  if (deathAt !== undefined)
    broker.dieAt(
      { matches: (kind) => kind === deathAt, nth, when: random.below(2) === 0 ? 'before' : 'after' },
      how,
    );
}

function fill(sim: Simulation, { atMs, freeBytes, ms }: NonNullable<Weather['full']>): void {
  const { disk } = sim.broker;
  const life = sim.broker.lives;
  const setIfAlive = (foreignBytes: () => number) => {
    if (sim.broker.lives === life) disk.foreignBytes = foreignBytes();
  };
  sim.clock.after(atMs, () => setIfAlive(() => Math.max(1, disk.freeBytes - freeBytes)));
  sim.clock.after(atMs + ms, () => setIfAlive(() => 0));
}

function storageOptions(size: number): StorageOptions {
  const step = [16, 64, 256][size]! * KIB;
  return {
    ...DEFAULT_STORAGE,
    journal: {
      ...DEFAULT_STORAGE.journal,
      limitBytes: step * 8,
      fileBytes: step * 2,
      stepBytes: step,
      frameTargetBytes: 8 * KIB,
      reserveBytes: 4 * KIB,
      sealAfterMs: 20,
    },
    tailBytes: step,
    directBytes: [300, 2 * KIB, Number.POSITIVE_INFINITY][size]!,
    checkpointMs: 100,
  };
}

interface Stage {
  readonly env: Environment;
  readonly options: StorageOptions;
  readonly producers: readonly Producer[];
  readonly oracle: Oracle;
  readonly crowd: Crowd;
  readonly weather: Weather;
}

/** One life: recover, check everything, then produce until death. */
async function live(stage: Stage, onRecovered: () => void): Promise<void> {
  const { env, options, producers, oracle, weather } = stage;
  const { partitions } = await openStorage(env, silent, options, CONFIG);
  for (let index = 0; index < PARTITIONS; index++) {
    const partition = partitions.host(TOPIC, index, CONFIG);
    await check(partition, oracle, producers);
  }
  partitions.onFailed = (error) => assert(oracle.hadError, `V2: the journal stopped: ${error.message}`);
  onRecovered();
  void partitions.upkeep.tend();
  void checkpoints(env, partitions, weather.checkpointPauseMs);
  for (const producer of producers) void produce(stage, partitions, producer);
}

/** As backups ask for them, at any time. */
async function checkpoints(env: Environment, partitions: Partitions, pauseMs: number): Promise<never> {
  const random = env.random.fork('checkpoints');
  for (;;) {
    await env.clock.sleep(random.below(pauseMs));
    await partitions.checkpoint().catch((error: unknown) => env.fatal(error));
  }
}

async function check(partition: Partition, oracle: Oracle, producers: readonly Producer[]): Promise<void> {
  const { index } = partition;
  const log: string[] = [];
  for (let offset = 0; offset < partition.highWatermark; )
    for (const bytes of await read(partition, offset, 4 * KIB, 'read_uncommitted'))
      forEachBatch(bytes, (batch) => {
        for (const record of decodeRecords(batch, OPENED_BYTES_MAX)) {
          assert(
            record.offset === log.length,
            `partition ${index}: offset ${record.offset} where ${log.length} was due`,
          );
          log.push(record.value!.toString());
        }
        offset = batch.lastOffset + 1;
      });
  for (const [offset, value] of oracle.acknowledged[index]!)
    assert(
      log[offset] === value,
      `partition ${index}: acknowledged '${value}' at ${offset}, found '${log[offset]}'`,
    );
  assert(
    partition.highWatermark >= oracle.readable[index]!,
    `partition ${index}: ${oracle.readable[index]} could be read, now only ${partition.highWatermark}`,
  );
  for (const producer of producers) {
    if (producer.partition !== index) continue;
    const mine = log
      .filter((value) => value.startsWith(`${producer.id}:`))
      .map((value) => Number(value.split(':')[1]));
    for (const [n, sequence] of mine.entries())
      assert(
        sequence === n,
        `producer ${producer.id}: sequence ${sequence} at place ${n}: a duplicate, a gap or a swap`,
      );
  }
}

async function produce(stage: Stage, partitions: Partitions, producer: Producer): Promise<void> {
  const { env, oracle, crowd, weather } = stage;
  const random = env.random.fork(`producer ${producer.id}`);
  const partition = partitions.find(TOPIC, producer.partition)!;
  const pauseMs = crowd.pausesMs[random.below(crowd.pausesMs.length)]!;
  const sizes = crowd.valueBytes.length > 0 ? crowd.valueBytes : weather.valueBytes;
  const size = () => (sizes.length === 1 ? sizes[0]! : sizes[random.below(sizes.length)]!);
  const again = producer.done[random.below(BATCHES_KEPT)];
  if (again !== undefined) {
    const baseOffset = await send(stage, partitions, partition, producer, again.batch);
    assert(
      baseOffset === undefined || baseOffset === again.baseOffset,
      `I2: producer ${producer.id}: sequence ${again.batch.sequence} was at ${again.baseOffset}, its copy is told ${baseOffset}`,
    );
  }
  for (;;) {
    const batch = (producer.waiting ??= nextBatch(producer, 1 + random.below(4), size()));
    const baseOffset = await send(stage, partitions, partition, producer, batch);
    if (baseOffset !== undefined) {
      for (const [n, value] of batch.values.entries())
        oracle.acknowledged[producer.partition]!.set(baseOffset + n, value);
      oracle.readable[producer.partition] = Math.max(
        oracle.readable[producer.partition]!,
        partition.highWatermark,
      );
      oracle.count++;
      producer.waiting = undefined;
      producer.done = [{ batch, baseOffset }, ...producer.done].slice(0, BATCHES_KEPT);
    }
    if (baseOffset === undefined && pauseMs === 0) await env.clock.sleep(REFUSED_PAUSE_MS);
    else if (pauseMs > 0) await env.clock.sleep(random.below(pauseMs));
    else for (let moment = random.below(MOMENTS_MAX); moment > 0; moment--) await undefined;
  }
}

/** Where the batch stands; undefined: it was refused, and if that was for good it is forgotten. */
async function send(
  { env, oracle }: Stage,
  partitions: Partitions,
  partition: Partition,
  producer: Producer,
  { sequence, values }: Batch,
): Promise<number | undefined> {
  const bytes = encodeBatch({
    records: values.map((value) => ({
      key: null,
      value: Buffer.from(value),
      headers: [],
      timestamp: env.clock.now(),
    })),
    producerId: producer.id,
    producerEpoch: 0,
    baseSequence: sequence,
  });
  for (
    let ready = partitions.whenReady(bytes.length);
    ready !== undefined;
    ready = partitions.whenReady(bytes.length)
  )
    await ready;
  const { hasLostJournal } = oracle;
  try {
    const { baseOffset, frame } = partition.append(bytes, env.clock.now());
    await durable([frame]);
    const wasThere = frame === undefined; // a copy of what was durable before
    assert(
      !hasLostJournal || wasThere,
      `D5: producer ${producer.id}: sequence ${sequence} is acknowledged after the journal was lost`,
    );
    return baseOffset;
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    assert(
      error.errorName === 'KAFKA_STORAGE_ERROR',
      `I1, D4: producer ${producer.id}: sequence ${sequence} was refused: ${error.message}`,
    );
    const isWaiting = producer.waiting?.sequence === sequence;
    if (isWaiting && produceCertainty(error.errorName, error.message) === 'definite') {
      producer.waiting = undefined;
      producer.nextSequence = sequence;
      producer.refusals++;
    }
    return undefined;
  }
}

function nextBatch(producer: Producer, count: number, valueBytes: number): Batch {
  const sequence = producer.nextSequence;
  producer.nextSequence += count;
  const name = (n: number) => `${producer.id}:${sequence + n}:${producer.refusals}:`;
  return { sequence, values: Array.from({ length: count }, (_, n) => name(n).padEnd(valueBytes, 'x')) };
}
