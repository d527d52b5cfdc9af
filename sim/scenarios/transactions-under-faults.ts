/**
 * transactions under faults: tellers move amounts between accounts in transactions, copiers copy one log into others with
 * their offsets in the transaction, and new instances come while old ones doze, under every fault. Both generations of the
 * protocol. Once healed, every transaction must be decided, the copy be complete, and the total be what it was.
 */
import { type DirectedFault, Simulation } from '../../src/env/sim/index.ts';
import { makeCheckers } from '../checkers/index.ts';
import { Link, type Patience } from '../client/bootstrap.ts';
import { Clerk } from '../client/clerk.ts';
import { Consumer } from '../client/consumer.ts';
import { committedOffset, Copier } from '../client/copier.ts';
import { Producer } from '../client/producer.ts';
import { beginSuccession, drawTransactionalId, type Stage } from '../client/succession.ts';
import { Teller } from '../client/teller.ts';
import { ensureTopic } from '../client/topics.ts';
import type { LogFacts } from '../history/facts.ts';
import { History } from '../history/history.ts';
import { waitBehindOpen } from '../client/waiting-reader.ts';
import type { CopyFacts } from '../history/transaction-facts.ts';
import { BrokerProcess } from '../world/broker-process.ts';
import { lookAtEnd } from '../world/final-look.ts';
import { Nemesis } from '../world/nemesis.ts';
import { drawSwarm, type Swarm } from '../world/swarm.ts';
import { allOver, healed, lookTwice, type Outcome, outcomeOf } from './scenario.ts';

/** Longer than any timeout of a transaction, and than what is held in the network. */
const STRAGGLERS_MS = 8_000;

export async function transactionsUnderFaults(seed: number, directed?: DirectedFault): Promise<Outcome> {
  const sim = new Simulation(seed);
  const random = sim.random.fork('scenario');
  const swarm = drawSwarm(random);
  const process = new BrokerProcess(sim, swarm, directed);
  const history = new History(makeCheckers, (violation) => sim.fail(violation));
  history.watch(sim, process);
  await sim.run(async () => {
    await process.ready();
    const env = sim.machine('clients').boot();
    const patience: Patience = { requestTimeoutMs: 400 + random.below(1_500) };
    const world: World = {
      env,
      random,
      history,
      swarm,
      link: (name) => new Link(env, name, patience),
      watch: (running) => running.catch((error: unknown) => sim.fail(error)),
    };
    const bank = random.below(4) > 0 ? await openBank(world) : undefined;
    const copy = bank === undefined || random.below(2) === 0 ? await openCopy(world) : undefined;
    const nemesis = new Nemesis(sim, process, swarm);
    void world.watch(nemesis.run());
    await sim.clock.sleep(swarm.safetyMs);
    await healed(nemesis, process, patience);
    const producers = [...(bank?.others ?? []), ...(copy === undefined ? [] : [copy.producer])];
    for (const producer of producers) producer.stop();
    await allOver(sim, history, producers);
    const successions = [...(bank?.tellers ?? []), ...(copy === undefined ? [] : [copy.copiers])];
    for (const tellers of bank?.tellers ?? []) tellers.settle(random.below(2) === 0);
    copy?.copiers.settle(true);
    await allOver(sim, history, successions);
    for (const consumer of bank?.consumers ?? []) consumer.stop();
    await sim.clock.sleep(STRAGGLERS_MS);
    const lookAround = async (name: string) => {
      if (copy !== undefined) await committedOffset(world.link(name), history, copy.facts);
      await history.finished(await lookAtEnd(world.link(name), history, [...history.logs.values()]));
    };
    await waitBehindOpen(
      world.link('waiting'),
      history,
      random.fork('waiting'),
      [...history.logs.values()].at(-1)!,
    );
    await lookTwice(process, lookAround);
    sim.trace(`acknowledged ${history.acknowledgements}`);
  });
  await history.afterwards();
  return outcomeOf(sim, process, history);
}

interface World extends Stage {
  readonly swarm: Swarm;
  readonly link: (name: string) => Link;
}

async function openLogs(world: World, topic: string, partitions: number): Promise<LogFacts[]> {
  const made = await ensureTopic(world.link('admin'), topic, partitions, world.swarm.topicConfigs);
  return Array.from({ length: partitions }, (_, index) => world.history.log(topic, made.id, index));
}

/** Tellers under a few transactional ids, sometimes somebody who writes without transactions, and readers. */
async function openBank(world: World) {
  const { random, history, link, watch } = world;
  const logs = await openLogs(world, 'accounts', 1 + random.below(4));
  const tellers = Array.from({ length: 1 + random.below(3) }, (_, n) => {
    const id = drawTransactionalId(random, `branch${n}`);
    const restlessness = [0, 0.1, 0.3][random.below(3)]!;
    const options = { restlessness, pauseMs: [5, 30][random.below(2)]! };
    return beginSuccession(world, id, (name, producer) => {
      const own = link(name);
      const teller = new Teller(link(`${name} late`), logs, watch);
      return new Clerk(own, random.fork(name), producer(own), options, teller);
    });
  });
  const others = Array.from({ length: random.below(2) }, (_, n) => idempotent(world, `p${n}`, logs[0]!));
  const consumers = Array.from({ length: 1 + random.below(2) }, (_, n) => {
    const name = `c${n}`;
    const consumer = new Consumer(link(name), history, random.fork(name), logs, {
      name,
      usesSession: random.below(2) === 0,
      version: [11, 12, 13, 16][random.below(4)]!,
      maxBytes: [1_000, 1_000_000][random.below(2)]!,
      partitionMaxBytes: [500, 100_000][random.below(2)]!,
      maxWaitMs: [0, 20, 500][random.below(3)]!,
      restlessness: [0, 0.1][random.below(2)]!,
    });
    void watch(consumer.run());
    return consumer;
  });
  return { tellers, others, consumers };
}

/** One who writes, copiers that take turns, and what they copy to. */
async function openCopy(world: World) {
  const { random, history, link } = world;
  const [input] = await openLogs(world, 'input', 1);
  const outputs = await openLogs(world, 'output', 1 + random.below(3));
  const facts: CopyFacts = { input: input!, committedOffset: -1, askedOffsets: new Set() };
  const restlessness = [0, 0.1, 0.3][random.below(3)]!;
  const copiers = beginSuccession(world, drawTransactionalId(random, 'copier'), (name, producer) => {
    const own = link(name);
    return new Copier(own, history, random.fork(name), producer(own), { facts, outputs }, restlessness);
  });
  return { facts, copiers, producer: idempotent(world, 'input', input!) };
}

function idempotent({ random, history, link, watch }: World, name: string, log: LogFacts): Producer {
  const producer = new Producer(link(name), history, random.fork(name), log, {
    name,
    kind: 'idempotent',
    inFlightMax: 3,
    pauseMs: 20,
    version: 13,
    compression: 'none',
    firstSequence: 0,
    timestampLagMs: 0,
  });
  void watch(producer.run());
  return producer;
}
