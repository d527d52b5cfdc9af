/**
 * cleanup under faults: topics that let go of records by age, by size and by key, in small segments, some of them written in
 * transactions; an admin who deletes records and topics; the faults of the seed. Once healed, what is left must be what the topics' settings keep, what they do
 * not keep must go, and the folder must hold nothing else.
 */
import type { Random } from '../../src/env/index.ts';
import { type DirectedFault, Simulation } from '../../src/env/sim/index.ts';
import { makeCheckers } from '../checkers/index.ts';
import { leftoversOf } from '../checkers/leftovers.ts';
import { converge } from '../checkers/liveness.ts';
import { Link, type Patience } from '../client/bootstrap.ts';
import { Consumer } from '../client/consumer.ts';
import { Lifecycle } from '../client/lifecycle.ts';
import { logStartOf } from '../client/offsets.ts';
import { Producer, type ProducerOptions } from '../client/producer.ts';
import type { Clerk } from '../client/clerk.ts';
import { beginRegistrars } from '../client/registrar.ts';
import type { Succession } from '../client/succession.ts';
import { ensureTopic } from '../client/topics.ts';
import type { Cleanup } from '../history/facts.ts';
import { History } from '../history/history.ts';
import { BrokerProcess } from '../world/broker-process.ts';
import { lookAtEnd } from '../world/final-look.ts';
import { Nemesis } from '../world/nemesis.ts';
import { drawSwarm, type Swarm } from '../world/swarm.ts';
import { allOver, lookTwice, type Outcome, outcomeOf } from './scenario.ts';

const KIB = 1024;
/** The broker looks for what may go once a second: by then it has had several looks, and what was open has timed out. */
const LOOKS_MS = 6_000;
/** Older than everything that has an age. */
const AGES_MS = 60 * 60_000;
const FOR_EVER = -1;

/** A topic and what its settings let go of. */
interface Kind {
  readonly configs: Readonly<Record<string, string>>;
  readonly cleanup: Cleanup;
  readonly keyed: ProducerOptions['keyed'];
}

export async function cleanupUnderFaults(seed: number, directed?: DirectedFault): Promise<Outcome> {
  const sim = new Simulation(seed);
  const random = sim.random.fork('scenario');
  const swarm = busyWithCleaning(drawSwarm(random), random);
  const process = new BrokerProcess(sim, swarm, directed);
  process.events = (_level, message) => {
    if (message === 'A log was compacted.') sim.cover('compaction: a pass');
  };
  const history = new History(makeCheckers, (violation) => sim.fail(violation));
  history.watch(sim, process);
  await sim.run(async () => {
    await process.ready();
    const env = sim.machine('clients').boot();
    const patience: Patience = { requestTimeoutMs: 400 + random.below(1_500) };
    const link = (name: string) => new Link(env, name, patience);
    const watch = (running: Promise<void>) => running.catch((error: unknown) => sim.fail(error));
    const producers: Producer[] = [];
    const consumers: Consumer[] = [];
    const successions: Succession<Clerk>[] = [];
    const stage = { env, random, history, watch };
    for (let n = 1 + random.below(2); n > 0; n--) {
      const kind = drawKind(random, swarm);
      const topic = await ensureTopic(link('admin'), `t${n}`, 1, kind.configs);
      const log = history.log(topic.name, topic.id, 0);
      log.cleanup = kind.cleanup;
      for (let p = 1 + random.below(2); p > 0; p--) {
        const options = drawProducer(random, `p${n}${p}`, kind);
        producers.push(new Producer(link(options.name), history, random.fork(options.name), log, options));
      }
      // What was aborted, and went, counts for no size or age: those go by key alone.
      if (kind.keyed !== undefined && !log.mayExpire && random.below(3) > 0)
        successions.push(beginRegistrars(stage, link, `registrar ${log.topic}`, log, kind.keyed));
      const options = drawConsumer(random, `c${n}`);
      consumers.push(new Consumer(link(options.name), history, random.fork(options.name), [log], options));
    }
    for (const client of [...producers, ...consumers]) void watch(client.run());
    const logs = [...history.logs.values()];
    const admin = new Lifecycle(link('admin'), history, random.fork('admin'), logs, drawKind(random, swarm));
    if (random.below(2) === 0) void watch(admin.run());
    else admin.isOver = true;

    const nemesis = new Nemesis(sim, process, swarm);
    void watch(nemesis.run());
    await sim.clock.sleep(swarm.safetyMs);
    nemesis.heal();
    process.jumpClock(-process.machine.wallOffsetMs);
    await process.ready();
    patience.requestTimeoutMs = 5_000;
    for (const producer of producers) producer.stop();
    for (const consumer of consumers) consumer.settle();
    admin.stop();
    await allOver(sim, history, [...producers, admin]);
    for (const succession of successions) succession.settle(random.below(2) === 0);
    await allOver(sim, history, successions);
    const behind = () => consumers.filter(({ positions: [at] }, n) => at! < logs[n]!.acknowledgedEnd);
    await converge(sim, history, () => behind().join('; '));
    for (const consumer of consumers) consumer.stop();

    await sim.clock.sleep(LOOKS_MS);
    await lookTwice(process, (name) => lookAround(link(name), history));
    process.jumpClock(AGES_MS);
    await sim.clock.sleep(LOOKS_MS);
    await converge(sim, history, () => leftoversOf(process));
    await nothingOld(link('much later'), history);
    sim.trace(`acknowledged ${history.acknowledgements}`);
  });
  await history.afterwards();
  return outcomeOf(sim, process, history);
}

async function lookAround(link: Link, history: History): Promise<void> {
  await history.finished(await lookAtEnd(link, history, [...history.logs.values()]));
}

/** By now everything is older than any `retention.ms`: of logs that have one nothing is left, not even the newest segment. */
async function nothingOld(link: Link, history: History): Promise<void> {
  const { logs } = await lookAtEnd(link, history, [...history.logs.values()]);
  for (const { log, highWatermark, records } of logs) {
    if (log.cleanup!.retentionMs < 0) continue;
    const start = await logStartOf(link, log);
    if (start !== highWatermark || records.length > 0)
      history.violated(
        `V2: ${log.name} keeps ${records.length} records from ${start} on, all older than its retention.ms`,
      );
  }
}

/** More time, fewer acts: what goes by age must have the time to age, and the broker to look for it. */
function busyWithCleaning(swarm: Swarm, random: Random): Swarm {
  return {
    ...swarm,
    storage: {
      ...swarm.storage,
      retentionCheckMs: 1_000,
      cleanerBackoffMs: 1_000,
      cleanerMapBytes: [8 * 24, 1_000_000][random.below(2)]!,
    },
    actEveryMs: swarm.actEveryMs * 3,
    safetyMs: 3_000 + random.below(4_000),
  };
}

function drawKind(random: Random, { topicConfigs }: Swarm): Kind {
  const policy = (['delete', 'compact', 'compact,delete'] as const)[random.below(3)]!;
  const isDeleted = policy !== 'compact';
  const retentionMs = isDeleted ? [300, 2_000, 600_000, FOR_EVER][random.below(4)]! : FOR_EVER;
  // What compaction took counts no more: only without it can be said how much must be left.
  const retentionBytes =
    policy === 'delete' && (retentionMs < 0 || random.below(3) === 0)
      ? (1 + random.below(60)) * KIB
      : FOR_EVER;
  const minLagMs = [0, 0, 500][random.below(3)]!;
  const deleteRetentionMs = [0, 1_500, 600_000][random.below(3)]!;
  const isCompacted = policy !== 'delete';
  return {
    configs: {
      ...topicConfigs,
      'internal.segment.bytes': String([16, 24, 48][random.below(3)]! * KIB),
      'segment.ms': ['200', '2000', '604800000'][random.below(3)]!,
      'cleanup.policy': policy,
      'retention.ms': String(retentionMs),
      'retention.bytes': String(retentionBytes),
      'min.compaction.lag.ms': String(minLagMs),
      'max.compaction.lag.ms': String([500, 9_223_372_036_854_775_000n][random.below(2)]!),
      'delete.retention.ms': String(deleteRetentionMs),
      'min.cleanable.dirty.ratio': ['0', '0.5'][random.below(2)]!,
      'file.delete.delay.ms': ['0', '700'][random.below(2)]!,
    },
    cleanup: {
      isDeleted,
      retentionMs,
      retentionBytes,
      compaction: isCompacted ? { minLagMs, deleteRetentionMs } : undefined,
    },
    keyed: isCompacted
      ? { keys: [1, 6, 40][random.below(3)]!, tombstoneShare: [0, 0.2][random.below(2)]! }
      : undefined,
  };
}

function drawProducer(random: Random, name: string, { keyed }: Kind): ProducerOptions {
  return {
    name,
    kind: 'idempotent',
    inFlightMax: 1 + random.below(5),
    pauseMs: [15, 60][random.below(2)]!,
    version: 13,
    compression: (['none', 'none', 'lz4'] as const)[random.below(3)]!,
    firstSequence: 0,
    timestampLagMs: [0, 50][random.below(2)]!,
    keyed,
  };
}

function drawConsumer(random: Random, name: string) {
  return {
    name,
    usesSession: random.below(2) === 0,
    version: 13,
    maxBytes: 100_000,
    partitionMaxBytes: [2_000, 100_000][random.below(2)]!,
    maxWaitMs: 500,
    restlessness: [0, 0.05][random.below(2)]!,
  };
}
