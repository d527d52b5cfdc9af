/**
 * broker under faults: the whole broker, idempotent, plain and acks=0 producers, consumers with and without sessions, an
 * admin who deletes records and topics. A safety phase with the faults that the seed turned on, then everything is healed
 * and must converge: all producers done, all readers at the end, the log as it was told. In some seeds all producers crowd at one log.
 */
import type { Random } from '../../src/env/index.ts';
import { type DirectedFault, Simulation } from '../../src/env/sim/index.ts';
import { makeCheckers } from '../checkers/index.ts';
import { converge } from '../checkers/liveness.ts';
import { Link, type Patience } from '../client/bootstrap.ts';
import { Consumer } from '../client/consumer.ts';
import { Producer, type ProducerOptions } from '../client/producer.ts';
import { Lifecycle } from '../client/lifecycle.ts';
import { Stranger } from '../client/stranger.ts';
import { ensureTopic } from '../client/topics.ts';
import { History } from '../history/history.ts';
import { BrokerProcess } from '../world/broker-process.ts';
import { lookAtEnd } from '../world/final-look.ts';
import { Nemesis } from '../world/nemesis.ts';
import { crowded, drawSwarm, type Fault } from '../world/swarm.ts';
import { allOver, healed, lookTwice, type Outcome, outcomeOf } from './scenario.ts';

/** What was sent without waiting for an answer may still be held somewhere. */
const STRAGGLERS_MS = 8_000;
/** What a relaxed topic survives: no power is cut, no sync fails, and none takes long. */
const SURVIVED: readonly Fault[] = ['kills', 'cuts', 'holds', 'clock jumps', 'clean stops'];
/** One seed in so many has a relaxed topic, which then keeps every promise that the others keep (D3). */
const RELAXED_EVERY = 6;
/** One seed in so many has all its producers at one log, in haste. */
const CROWDED_EVERY = 5;
const KINDS = ['idempotent', 'idempotent', 'idempotent', 'plain', 'acks=0'] as const;
const CODECS = ['none', 'none', 'none', 'none', 'none', 'none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export async function brokerUnderFaults(seed: number, directed?: DirectedFault): Promise<Outcome> {
  const sim = new Simulation(seed);
  const random = sim.random.fork('scenario');
  const isRelaxed = random.below(RELAXED_EVERY) === 0;
  const flush = isRelaxed ? (['os', 'interval', 'interval'] as const)[random.below(3)]! : 'ack';
  const isCrowded = sim.random.fork('crowd').below(CROWDED_EVERY) === 0;
  const drawn = isRelaxed ? drawSwarm(random, SURVIVED) : drawSwarm(random);
  const swarm = isCrowded ? crowded(drawn) : drawn;
  const process = new BrokerProcess(sim, swarm, directed);
  const history = new History(makeCheckers, (violation) => sim.fail(violation));
  history.watch(sim, process);
  await sim.run(async () => {
    await process.ready();
    const env = sim.machine('clients').boot();
    const patience: Patience = { requestTimeoutMs: 400 + random.below(1_500) };
    const link = (name: string) => new Link(env, name, patience);
    const configs = { ...swarm.topicConfigs, 'gregor.flush': flush };
    const topic = await ensureTopic(link('admin'), 'steady', 1 + random.below(3), configs);
    const logs = Array.from({ length: topic.partitions }, (_, index) =>
      history.log(topic.name, topic.id, index),
    );
    for (const log of logs) log.flush = flush;

    const producers = Array.from({ length: 2 + random.below(4) }, (_, n) => {
      const usual = drawProducer(random, n);
      const options =
        isCrowded && usual.kind === 'idempotent' ? { ...usual, inFlightMax: 5, pauseMs: 2 } : usual;
      return new Producer(
        link(options.name),
        history,
        random.fork(options.name),
        logs[isCrowded ? 0 : n % logs.length]!,
        options,
      );
    });
    const consumers = Array.from({ length: 1 + random.below(2) }, (_, n) => {
      const options = drawConsumer(random, n);
      return new Consumer(link(options.name), history, random.fork(options.name), logs, options);
    });
    const watch = (running: Promise<void>) => running.catch((error: unknown) => sim.fail(error));
    for (const client of [...producers, ...consumers]) void watch(client.run());

    const admin = new Lifecycle(link('admin'), history, random.fork('admin'), logs);
    if (random.below(2) === 0) void watch(admin.run());
    else admin.isOver = true;
    const stranger = new Stranger(link('stranger'), history, random.fork('stranger'), logs[0]!);
    if (random.below(3) === 0) void watch(stranger.run());

    const nemesis = new Nemesis(sim, process, swarm);
    void watch(nemesis.run());
    await sim.clock.sleep(swarm.safetyMs);
    await healed(nemesis, process, patience);
    for (const producer of producers) producer.stop();
    for (const consumer of consumers) consumer.settle();
    admin.stop();
    stranger.stop();
    await allOver(sim, history, [...producers, admin]);
    const behind = () =>
      consumers.filter(({ positions }) => positions.some((at, index) => at < logs[index]!.acknowledgedEnd));
    await converge(sim, history, () => behind().join('; '));
    for (const consumer of consumers) consumer.stop();
    await sim.clock.sleep(STRAGGLERS_MS);
    await lookTwice(process, (name) => lookAround(link(name), history));
    sim.trace(`acknowledged ${history.acknowledgements}`);
  });
  await history.afterwards();
  return outcomeOf(sim, process, history);
}

async function lookAround(link: Link, history: History): Promise<void> {
  await history.finished(await lookAtEnd(link, history, [...history.logs.values()]));
}

function drawProducer(random: Random, n: number): ProducerOptions {
  const kind = n === 0 ? 'idempotent' : KINDS[random.below(KINDS.length)]!;
  return {
    name: `p${n}`,
    kind,
    inFlightMax: kind === 'plain' ? 1 : 1 + random.below(5),
    pauseMs: [2, 10, 50][random.below(3)]!,
    version: 9 + random.below(5),
    compression: CODECS[random.below(CODECS.length)]!,
    firstSequence: random.below(4) === 0 ? 2 ** 31 - 1 - random.below(30) : 0,
    timestampLagMs: [0, 20, 2_000][random.below(3)]!,
  };
}

function drawConsumer(random: Random, n: number) {
  return {
    name: `c${n}`,
    usesSession: random.below(2) === 0,
    version: [7, 11, 12, 13, 16][random.below(5)]!,
    maxBytes: [1_000, 20_000, 1_000_000][random.below(3)]!,
    partitionMaxBytes: [500, 100_000][random.below(2)]!,
    maxWaitMs: [0, 20, 500][random.below(3)]!,
    restlessness: [0, 0.02, 0.1][random.below(3)]!,
  };
}
