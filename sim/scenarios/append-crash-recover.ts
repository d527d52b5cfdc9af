/**
 * append, crash, recover: idempotent producers write to a few partitions while checkpoints run; the program is killed or the
 * power is cut, again and again, often in the midst of a checkpoint, with a journal that crawls or with everything else
 * crawling; after each start the log is held against what was acknowledged.
 *
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
const PRODUCERS = 4;
const KIB = 1024;
/** So many batches of a producer are recognised with their offsets, the one that is under way among them (I3). */
const BATCHES_KEPT = 4;
const OPENED_BYTES_MAX = 1024 * KIB;

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

/** What the disk is like in one life, and where the life ends. */
interface Weather {
  readonly speed: DiskSpeed;
  /** How long it lives once it has recovered, at most. */
  readonly ms: number;
  /** Pauses between two checkpoints: up to so much. */
  readonly checkpointPauseMs: number;
  readonly valueBytes: number;
  /** It dies at a verb of this kind, if it meets one. */
  readonly deathAt: string | undefined;
  /** A sync of the journal fails. */
  readonly hasError: boolean;
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
}

/** Runs one seed. Throws with the violation. */
export async function appendCrashRecover(seed: number): Promise<Outcome> {
  const sim = new Simulation(seed);
  const random = sim.random.fork('scenario');
  const oracle: Oracle = {
    acknowledged: Array.from({ length: PARTITIONS }, () => new Map()),
    readable: Array.from({ length: PARTITIONS }, () => 0),
    count: 0,
  };
  const producers: Producer[] = Array.from({ length: PRODUCERS }, (_, n) => ({
    id: 100 + n,
    partition: n % PARTITIONS,
    nextSequence: 0,
    waiting: undefined,
    done: [],
    refusals: 0,
  }));
  const lives = 3 + random.below(5);
  const options = storageOptions(random.below(3));
  sim.broker.onFatal = () => {}; // after an error of the disk
  await sim.run(async () => {
    for (let life = 0; life < lives; life++) {
      const weather = drawWeather(random);
      const env = sim.boot();
      const isLast = life === lives - 1;
      let recovered = false;
      const running = live(env, options, producers, oracle, weather, () => {
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
    valueBytes: [100, 700][random.below(2)]!,
    deathAt: random.below(2) === 0 ? VERBS[random.below(VERBS.length)] : undefined,
    hasError: random.below(8) === 0,
  };
}

/** From now on the weather is what it is. */
function begin(sim: Simulation, { speed, deathAt, hasError }: Weather, how: 'kill' | 'power cut'): void {
  const { broker, random } = sim;
  broker.disk.speed = speed;
  const nth = 1 + random.below(6);
  if (hasError) broker.disk.failPoints.add({ matches: (kind) => kind === 'sync journal', nth });
  if (deathAt !== undefined)
    broker.dieAt(
      { matches: (kind) => kind === deathAt, nth, when: random.below(2) === 0 ? 'before' : 'after' },
      how,
    );
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

/** One life: recover, check everything, then produce until death. */
async function live(
  env: Environment,
  options: StorageOptions,
  producers: readonly Producer[],
  oracle: Oracle,
  weather: Weather,
  onRecovered: () => void,
): Promise<void> {
  const { partitions } = await openStorage(env, silent, options, CONFIG);
  for (let index = 0; index < PARTITIONS; index++) {
    const partition = partitions.host(TOPIC, index, CONFIG);
    await check(partition, oracle, producers);
  }
  onRecovered();
  void partitions.upkeep.tend();
  void checkpoints(env, partitions, weather.checkpointPauseMs);
  for (const producer of producers) void produce(env, partitions, producer, oracle, weather.valueBytes);
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

async function produce(
  env: Environment,
  partitions: Partitions,
  producer: Producer,
  oracle: Oracle,
  valueBytes: number,
): Promise<void> {
  const random = env.random.fork(`producer ${producer.id}`);
  const partition = partitions.find(TOPIC, producer.partition)!;
  const pauseMs = [10, 300][random.below(2)]!;
  const again = producer.done[random.below(BATCHES_KEPT)];
  if (again !== undefined) {
    const baseOffset = await send(env, partitions, partition, producer, again.batch);
    assert(
      baseOffset === undefined || baseOffset === again.baseOffset,
      `I2: producer ${producer.id}: sequence ${again.batch.sequence} was at ${again.baseOffset}, its copy is told ${baseOffset}`,
    );
  }
  for (;;) {
    const batch = (producer.waiting ??= nextBatch(producer, 1 + random.below(4), valueBytes));
    const baseOffset = await send(env, partitions, partition, producer, batch);
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
    await env.clock.sleep(random.below(pauseMs));
  }
}

/** Where the batch stands; undefined: it was refused, and if that was for good it is forgotten. */
async function send(
  env: Environment,
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
  try {
    const { baseOffset, frame } = partition.append(bytes, env.clock.now());
    await durable([frame]);
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
