/**
 * disk damage: bits flip, or the end of a file is lost, in a folder that nobody uses; then the broker starts on it. It may
 * refuse to start, or refuse to give what is damaged. It must never give something else, and never know of fewer records
 * than were acknowledged without saying so (D6).
 */
import type { Random } from '../../src/env/index.ts';
import { Simulation } from '../../src/env/sim/index.ts';
import { makeCheckers } from '../checkers/index.ts';
import { converge } from '../checkers/liveness.ts';
import { Link } from '../client/bootstrap.ts';
import { fetchOne } from '../client/fetching.ts';
import { Producer } from '../client/producer.ts';
import { ensureTopic } from '../client/topics.ts';
import type { LogFacts } from '../history/facts.ts';
import { History } from '../history/history.ts';
import { BrokerProcess } from '../world/broker-process.ts';
import { drawSwarm } from '../world/swarm.ts';
import { type Outcome, outcomeOf } from './scenario.ts';

/** Longer than any `sealAfterMs`: what was acknowledged before is provably durable. */
const QUIET_MS = 400;
const START_WITHIN_MS = 20_000;
const LOOK = { reader: 'the last look', isolation: 'read_uncommitted', maxBytes: 64 * 1024 } as const;

export async function diskDamage(seed: number): Promise<Outcome> {
  const sim = new Simulation(seed);
  const random = sim.random.fork('scenario');
  const swarm = drawSwarm(random, []);
  const process = new BrokerProcess(sim, swarm);
  const history = new History(makeCheckers, (violation) => sim.fail(violation));
  history.watch(sim, process);
  await sim.run(async () => {
    await process.ready();
    const env = sim.machine('clients').boot();
    const link = new Link(env, 'client', { requestTimeoutMs: 3_000 });
    const topic = await ensureTopic(link, 'steady', 2, swarm.topicConfigs);
    const logs = Array.from({ length: topic.partitions }, (_, index) =>
      history.log(topic.name, topic.id, index),
    );
    const isLate = random.below(2) === 0;
    await produceSome(sim, history, process, link, random, logs);
    if (isLate) {
      // The folder has lived through a death: its journal holds two sessions.
      process.machine.kill();
      await process.ready();
      await produceSome(sim, history, process, link, random, logs);
    }
    await sim.clock.sleep(QUIET_MS + random.below(2_000));
    if (random.below(2) === 0) await process.stop();
    else process.machine.kill();
    damage(sim, random);
    for (const log of logs) log.mayBeDamaged = true;
    process.mayRefuse = true;
    process.boot();
    for (
      const until = sim.time + START_WITHIN_MS;
      process.server === undefined && process.refusal === undefined;
    ) {
      if (sim.time > until) history.violated(`D6: the broker neither starts nor says why`);
      await sim.clock.sleep(20);
    }
    if (process.refusal !== undefined) {
      sim.cover(`damage: refused to start: ${process.refusal.name}`);
      return;
    }
    for (const log of logs) await readWhatCanBeRead(sim, link, history, log);
  });
  return outcomeOf(sim, process, history);
}

async function produceSome(
  sim: Simulation,
  history: History,
  process: BrokerProcess,
  link: Link,
  random: Random,
  logs: readonly LogFacts[],
): Promise<void> {
  const round = process.lives;
  const producers = logs.map(
    (log, index) =>
      new Producer(link, history, random.fork(`producer ${index}`), log, {
        name: `p${index}-${round}`,
        kind: 'idempotent',
        inFlightMax: 3,
        pauseMs: 5,
        version: 13,
        compression: 'none',
        firstSequence: 0,
        timestampLagMs: 0,
      }),
  );
  for (const producer of producers) producer.run().catch((error: unknown) => sim.fail(error));
  await sim.clock.sleep(200 + random.below(500));
  for (const producer of producers) producer.stop();
  const late = () => producers.filter(({ isOver }) => !isOver);
  await converge(sim, history, () => late().join('; '));
}

/** One file, each kind as likely as another: a few bits, or its end. */
function damage(sim: Simulation, random: Random): void {
  const { disk } = sim.broker;
  const files = disk.files().filter(({ inode }) => inode.current.size > 0);
  const kinds = [...new Set(files.map(({ kind }) => kind))].sort();
  const kind = kinds[random.below(kinds.length)];
  const some = files.filter((file) => file.kind === kind);
  const { path, inode } = some[random.below(some.length)]!;
  const { size } = inode.current;
  if (random.below(3) === 0) disk.cutFile(path, random.below(size));
  else for (let n = random.below(3); n >= 0; n--) disk.flipBit(path, random.below(size), random.below(8));
}

/** Every acknowledged batch is read as it was, or refused; the log is never shorter than what was acknowledged. */
async function readWhatCanBeRead(
  sim: Simulation,
  link: Link,
  history: History,
  log: LogFacts,
): Promise<void> {
  for (let offset = 0; offset < log.acknowledgedEnd; ) {
    const reading = await fetchOne(link, history, log, { ...LOOK, offset });
    if (reading === 'CORRUPT_MESSAGE' || reading === 'KAFKA_STORAGE_ERROR') {
      sim.cover(`damage: fetch refused: ${reading}`);
      offset++;
      continue;
    }
    if (typeof reading === 'string')
      history.violated(`D6: ${log.name} @${offset}: damage shows as ${reading}`);
    const { batches } = reading;
    sim.cover('damage: read on');
    if (batches.length === 0)
      history.violated(`D6: ${log.name} @${offset}: nothing, and ${log.acknowledgedEnd} were acknowledged`);
    offset = batches.at(-1)!.lastOffset + 1;
  }
}
