/**
 * append, crash, recover: idempotent producers write to a few partitions; the program is killed or the power is cut, again
 * and again; after each start the log is held against what was acknowledged.
 *
 * Checked after every recovery (guarantees D1, I1, I2, O1, O2, O3):
 *   every acknowledged record stands at the offset that was told · nothing is there twice · each producer's records are in
 *   the order of their sequence numbers · offsets are dense · what could be read before a crash can be read after it
 */
import { assert, silent } from '../../src/base/index.ts';
import type { Environment } from '../../src/env/index.ts';
import { Simulation } from '../../src/env/sim/index.ts';
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
import { decodeRecords, encodeBatch, forEachBatch, KafkaError } from '../../src/protocol/index.ts';
import type { Outcome } from './scenario.ts';

const TOPIC = 'c0'.repeat(16);
const PARTITIONS = 3;
const PRODUCERS = 4;
const KIB = 1024;
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
  waiting: { readonly sequence: number; readonly values: readonly string[] } | undefined;
}

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
  }));
  const lives = 3 + random.below(5);
  const options = storageOptions(random.below(3));
  await sim.run(async () => {
    for (let life = 0; life < lives; life++) {
      const env = sim.boot();
      const isLast = life === lives - 1;
      let recovered = false;
      const running = live(env, options, producers, oracle, () => {
        recovered = true;
      });
      running.catch((error: unknown) => sim.fail(error));
      // Sometimes it dies while it still recovers.
      if (!isLast || random.below(4) > 0)
        for (let waited = 0; !recovered && waited < 10_000; waited += 50)
          await sim.clock.sleep(random.below(100) === 0 ? 1 : 50);
      if (isLast) break;
      await sim.clock.sleep(random.below(400));
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
  };
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
    checkpointMs: 100,
  };
}

/** One life: recover, check everything, then produce until death. */
async function live(
  env: Environment,
  options: StorageOptions,
  producers: readonly Producer[],
  oracle: Oracle,
  onRecovered: () => void,
): Promise<void> {
  const { partitions } = await openStorage(env, silent, options, CONFIG);
  for (let index = 0; index < PARTITIONS; index++) {
    const partition = partitions.host(TOPIC, index, CONFIG);
    await check(partition, oracle, producers);
  }
  onRecovered();
  void partitions.tend();
  for (const producer of producers) void produce(env, partitions, producer, oracle);
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
): Promise<void> {
  const random = env.random.fork(`producer ${producer.id}`);
  const partition = partitions.find(TOPIC, producer.partition)!;
  for (;;) {
    producer.waiting ??= nextBatch(producer, 1 + random.below(4));
    const { sequence, values } = producer.waiting;
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
      for (const [n, value] of values.entries())
        oracle.acknowledged[producer.partition]!.set(baseOffset + n, value);
      oracle.readable[producer.partition] = Math.max(
        oracle.readable[producer.partition]!,
        partition.highWatermark,
      );
      oracle.count++;
      producer.waiting = undefined;
    } catch (error) {
      if (!(error instanceof KafkaError) || error.errorName !== 'KAFKA_STORAGE_ERROR') throw error;
    }
    await env.clock.sleep(random.below(10));
  }
}

function nextBatch(producer: Producer, count: number): { sequence: number; values: string[] } {
  const sequence = producer.nextSequence;
  producer.nextSequence += count;
  return {
    sequence,
    values: Array.from({ length: count }, (_, n) => `${producer.id}:${sequence + n}:${'x'.repeat(100)}`),
  };
}
