/**
 * dedupe under faults: topics that take one record of each key, written by idempotent and plain producers who bring the same
 * keys again and again, and in transactions that are committed, aborted, or left open by who vanished. The window is
 * endless, one of a number of ids, or one of time. Once healed, every record that was sent is there, or was left out, as a naive
 * model says (checkers/one-per-id.ts).
 */
import type { Random } from '../../src/env/index.ts';
import { type DirectedFault, Simulation } from '../../src/env/sim/index.ts';
import { makeCheckers } from '../checkers/index.ts';
import { Link, type Patience } from '../client/bootstrap.ts';
import { Consumer, drawReader } from '../client/consumer.ts';
import { Producer, type ProducerOptions } from '../client/producer.ts';
import { beginRegistrars } from '../client/registrar.ts';
import { ensureTopic } from '../client/topics.ts';
import type { DedupeWindow } from '../history/facts.ts';
import { History } from '../history/history.ts';
import { BrokerProcess } from '../world/broker-process.ts';
import { lookAtEnd } from '../world/final-look.ts';
import { Nemesis } from '../world/nemesis.ts';
import { drawSwarm, FAULTS } from '../world/swarm.ts';
import { allOver, healed, lookTwice, type Outcome, outcomeOf } from './scenario.ts';

/** Longer than any timeout of a transaction, and than what is held in the network. */
const STRAGGLERS_MS = 8_000;
const ENDLESS = { count: Number.POSITIVE_INFINITY, ms: Number.POSITIVE_INFINITY };
/** No jump of a clock gets there. */
const ENDLESS_MS = 10 ** 15;

export async function dedupeUnderFaults(seed: number, directed?: DirectedFault): Promise<Outcome> {
  const sim = new Simulation(seed);
  const random = sim.random.fork('scenario');
  const window = drawWindow(random);
  // With a clock that jumps nobody can say what a window of time holds.
  const isTimed = window.ms < ENDLESS.ms;
  const swarm = drawSwarm(
    random,
    FAULTS.filter((fault) => !(isTimed && fault === 'clock jumps')),
  );
  const process = new BrokerProcess(sim, swarm, directed);
  const history = new History(makeCheckers, (violation) => sim.fail(violation));
  history.watch(sim, process);
  await sim.run(async () => {
    await process.ready();
    const env = sim.machine('clients').boot();
    const patience: Patience = { requestTimeoutMs: 400 + random.below(1_500) };
    const link = (name: string) => new Link(env, name, patience);
    const watch = (running: Promise<void>) => running.catch((error: unknown) => sim.fail(error));
    const stage = { env, random, history, watch };
    const configs = { ...swarm.topicConfigs, ...configsOf(window) };
    const topic = await ensureTopic(link('admin'), 'once', 1 + random.below(2), configs);
    const logs = Array.from({ length: topic.partitions }, (_, index) => {
      const log = history.log(topic.name, topic.id, index);
      log.dedupe = window;
      return log;
    });
    const keyed = { keys: [5, 60, 1_000][random.below(3)]!, tombstoneShare: 0 };
    const producers = Array.from({ length: 2 + random.below(2) }, (_, n) => {
      const options = drawProducer(random, n, keyed);
      const log = logs[n % logs.length]!;
      return new Producer(link(options.name), history, random.fork(options.name), log, options);
    });
    const successions = Array.from({ length: random.below(3) }, (_, n) =>
      beginRegistrars(stage, link, `registrar ${n}`, logs[n % logs.length]!, keyed),
    );
    const consumer = new Consumer(link('c'), history, random.fork('c'), logs, drawReader(random));
    for (const client of [...producers, consumer]) void watch(client.run());

    const nemesis = new Nemesis(sim, process, swarm);
    void watch(nemesis.run());
    await sim.clock.sleep(swarm.safetyMs);
    await healed(nemesis, process, patience);
    for (const succession of successions) succession.settle(random.below(2) === 0);
    await allOver(sim, history, successions);
    for (const producer of producers) producer.stop();
    await allOver(sim, history, producers);
    consumer.settle();
    consumer.stop();
    await sim.clock.sleep(STRAGGLERS_MS);
    const lookAround = async (name: string) =>
      history.finished(await lookAtEnd(link(name), history, [...history.logs.values()]));
    await lookTwice(process, lookAround);
    sim.trace(`acknowledged ${history.acknowledgements}`);
  });
  await history.afterwards();
  return outcomeOf(sim, process, history);
}

function drawWindow(random: Random): DedupeWindow {
  switch (random.below(4)) {
    case 0:
      return { ...ENDLESS, count: [1, 7, 50][random.below(3)]! };
    case 1:
      return { ...ENDLESS, ms: [150, 700, 2_500][random.below(3)]! };
    default:
      return ENDLESS;
  }
}

function configsOf({ count, ms }: DedupeWindow): Readonly<Record<string, string>> {
  return {
    'gregor.dedupe.by': 'key',
    'gregor.dedupe.window.count': String(Number.isFinite(count) ? count : -1),
    'gregor.dedupe.window.ms': String(Number.isFinite(ms) ? ms : ENDLESS_MS),
  };
}

function drawProducer(random: Random, n: number, keyed: ProducerOptions['keyed']): ProducerOptions {
  const kind = n > 0 && random.below(2) === 0 ? 'plain' : 'idempotent';
  return {
    name: `p${n}`,
    kind,
    inFlightMax: kind === 'plain' ? 1 : 1 + random.below(5),
    pauseMs: [10, 40][random.below(2)]!,
    version: 13,
    compression: (['none', 'none', 'lz4'] as const)[random.below(3)]!,
    firstSequence: random.below(4) === 0 ? 2 ** 31 - 1 - random.below(30) : 0,
    timestampLagMs: [0, 50][random.below(2)]!,
    keyed,
  };
}
