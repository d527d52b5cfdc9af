/**
 * checks under faults: topics whose records are looked at before they enter, by threads that are slow, end in any order, and die. Some
 * records do not fit: their batch is refused, or they become dead letters. Producers of all kinds and transactions write
 * there, others to a topic that asks for nothing. Once healed, what fits is there in the order of its arrival, what does not is where
 * it belongs; and while each check takes seconds nobody else waits.
 */
import type { Random } from '../../src/env/index.ts';
import { type DirectedFault, Simulation, USUAL_CPU } from '../../src/env/sim/index.ts';
import { makeCheckers } from '../checkers/index.ts';
import { Link, type Patience } from '../client/bootstrap.ts';
import { Consumer, drawReader } from '../client/consumer.ts';
import { Producer, type ProducerOptions } from '../client/producer.ts';
import { beginRegistrars } from '../client/registrar.ts';
import { describeTopic, ensureTopic } from '../client/topics.ts';
import type { CheckFacts, LogFacts } from '../history/facts.ts';
import { History } from '../history/history.ts';
import { BrokerProcess } from '../world/broker-process.ts';
import { lookAtEnd } from '../world/final-look.ts';
import { Nemesis } from '../world/nemesis.ts';
import { drawSwarm, type Swarm } from '../world/swarm.ts';
import { allOver, healed, lookTwice, type Outcome, outcomeOf } from './scenario.ts';

const SCHEMA = JSON.stringify({ type: 'object', required: ['n'], properties: { n: { type: 'string' } } });
const TOPIC = 'checked';
const DEAD = 'checked.dead';
/** Longer than any timeout of a transaction, and than what is held in the network. */
const STRAGGLERS_MS = 8_000;
/** What was held, or stuck on the disk, when everything was healed. */
const SETTLING_MS = 3_500;
const CALM_MS = 1_500;
const CRAWLING = { slowShare: 1, slowMsMax: 3_000, deathShare: 0 };
const KEYED = { keys: 1_000, tombstoneShare: 0 };

export async function checksUnderFaults(seed: number, directed?: DirectedFault): Promise<Outcome> {
  const sim = new Simulation(seed);
  const random = sim.random.fork('scenario');
  const swarm = drawSwarm(random);
  const process = new BrokerProcess(sim, withRoom(swarm, random), directed);
  const history = new History(makeCheckers, (violation) => sim.fail(violation));
  history.watch(sim, process);
  const check: CheckFacts = {
    reject: random.below(2) === 0 ? 'error' : 'deadletter',
    badShare: [0, 0.1, 0.4][random.below(3)]!,
    threadsDie: random.below(3) === 0,
  };
  const usual = { ...USUAL_CPU, deathShare: check.threadsDie ? 0.1 : 0 };
  process.machine.cpu = { ...usual, deathShare: 0 };
  await sim.run(async () => {
    await process.ready();
    const env = sim.machine('clients').boot();
    const patience: Patience = { requestTimeoutMs: 400 + random.below(1_500) };
    const link = (name: string) => new Link(env, name, patience);
    const watch = (running: Promise<void>) => running.catch((error: unknown) => sim.fail(error));
    const stage = { env, random, history, watch };
    const open = async (name: string, partitions: number, configs: Readonly<Record<string, string>>) => {
      const topic = await ensureTopic(link('admin'), name, partitions, { ...swarm.topicConfigs, ...configs });
      return Array.from({ length: topic.partitions }, (_, index) => history.log(name, topic.id, index));
    };
    const configs = { 'gregor.schema': SCHEMA, 'gregor.canonical.reject': check.reject };
    const checked = await open(TOPIC, 1 + random.below(2), configs);
    for (const log of checked) log.check = check;
    process.machine.cpu = usual; // a definition that nobody could look at cannot be set
    const [free] = await open('free', 1, {});
    const producerOf = (options: ProducerOptions, log: LogFacts) =>
      new Producer(link(options.name), history, random.fork(options.name), log, options);
    const producers = [
      ...Array.from({ length: 2 + random.below(3) }, (_, n) =>
        producerOf(drawProducer(random, `p${n}`, check), checked[n % checked.length]!),
      ),
      producerOf(drawProducer(random, 'free', undefined), free!),
    ];
    const successions = Array.from({ length: check.threadsDie ? 0 : random.below(2) }, () =>
      beginRegistrars(stage, link, 'registrar', checked[0]!, KEYED),
    );
    const consumer = new Consumer(link('c'), history, random.fork('c'), checked, drawReader(random));
    for (const client of [...producers, consumer]) void watch(client.run());

    const nemesis = new Nemesis(sim, process, swarm);
    void watch(nemesis.run());
    await sim.clock.sleep(swarm.safetyMs);
    await healed(nemesis, process, patience);
    await sim.clock.sleep(SETTLING_MS);
    process.machine.cpu = CRAWLING;
    free!.mustBePrompt = true;
    await sim.clock.sleep(CALM_MS);
    process.machine.cpu = usual;
    for (const succession of successions) succession.settle(random.below(2) === 0);
    for (const producer of producers) producer.stop();
    await allOver(sim, history, [...successions, ...producers]);
    consumer.stop();
    await sim.clock.sleep(STRAGGLERS_MS);
    const lookAround = async (name: string) => {
      const dead = await describeTopic(link(name), DEAD);
      for (let index = 0; index < (dead?.partitions ?? 0); index++)
        history.log(DEAD, dead!.id, index).deadOf = checked;
      await history.finished(await lookAtEnd(link(name), history, [...history.logs.values()]));
    };
    await lookTwice(process, lookAround);
    sim.trace(`acknowledged ${history.acknowledgements}`);
  });
  await history.afterwards();
  return outcomeOf(sim, process, history);
}

/** What may wait for its check: so little that senders must wait for room, or plenty. */
function withRoom(swarm: Swarm, random: Random): Swarm {
  const checkBytes = [16, 64, 64 * 1024][random.below(3)]! * 1024;
  return { ...swarm, storage: { ...swarm.storage, checkBytes } };
}

function drawProducer(random: Random, name: string, check: CheckFacts | undefined): ProducerOptions {
  const kind = (['idempotent', 'idempotent', 'plain', 'acks=0'] as const)[random.below(4)]!;
  const badShare = kind === 'idempotent' && random.below(2) === 0 ? 0 : (check?.badShare ?? 0);
  // What is refused leaves its sequence numbers to the next one: nothing may be under way behind it.
  const mayBeRefused =
    check !== undefined && (check.threadsDie || (check.reject === 'error' && badShare > 0));
  const isAlone = kind === 'plain' || (kind === 'idempotent' && mayBeRefused);
  return {
    name,
    kind: name === 'free' ? 'idempotent' : kind,
    inFlightMax: isAlone ? 1 : 1 + random.below(5),
    pauseMs: [20, 80][random.below(2)]!,
    version: 13,
    compression: (['none', 'none', 'lz4'] as const)[random.below(3)]!,
    firstSequence: 0,
    timestampLagMs: [0, 50][random.below(2)]!,
    badShare,
  };
}
