/**
 * pipelines under faults: a pipeline that deduplicates and re-orders runs inside the broker, alone or shared by two members that
 * come and go, of whom one hears late of it, while everything else happens that can. What its outputs, changelogs and offsets say is held against
 * each other after every start, and against a reference in the end.
 *
 * What is written into the input is sent again when no answer came: so duplicates come by themselves too.
 */
import { silent } from '../../src/base/index.ts';
import type { Random } from '../../src/env/index.ts';
import { type DirectedFault, Simulation } from '../../src/env/sim/index.ts';
import { HostedPipeline, type LogClient, type Position } from '../../src/pipelines/index.ts';
import { LocalLogClient } from '../../src/pipelines/local/local-log-client.ts';
import { KafkaError } from '../../src/protocol/index.ts';
import type { Server } from '../../src/server/index.ts';
import type { Pipeline } from '../../src/streams/index.ts';
import { Archive } from '../pipelines/archive.ts';
import { PipelineLog } from '../pipelines/agreement.ts';
import { Drowsy } from '../pipelines/drowsy.ts';
import { drawInput, INPUT, NAME, planOf, type Row, SHAPES } from '../pipelines/workload.ts';
import { BrokerProcess } from '../world/broker-process.ts';
import { Nemesis } from '../world/nemesis.ts';
import { drawSwarm } from '../world/swarm.ts';
import type { Outcome } from './scenario.ts';

const CONVERGE_MS = 60_000;
const LOOK_MS = 20;
const AGAIN_MS = 30;

export async function pipelinesUnderFaults(seed: number, directed?: DirectedFault): Promise<Outcome> {
  const sim = new Simulation(seed);
  const random = sim.random.fork('scenario');
  const swarm = drawSwarm(random);
  const process = new BrokerProcess(sim, swarm, directed);
  const pipeline = planOf(SHAPES[random.below(SHAPES.length)]!, [20, 100][random.below(2)]!);
  const work = new Work(sim, process, pipeline, random);
  await sim.run(async () => {
    await process.ready();
    void work.followLives();
    const nemesis = new Nemesis(sim, process, swarm);
    void nemesis.run().catch((error: unknown) => sim.fail(error));
    await sim.clock.sleep(2 * swarm.safetyMs); // members come and go more slowly than faults
    nemesis.heal();
    work.settle();
    await work.done();
    await process.stop();
    await process.ready();
    await work.done();
    sim.trace(`came out ${work.count}`);
  });
  return {
    traceHash: sim.traceHash,
    events: sim.events,
    virtualMs: sim.time,
    lives: process.lives,
    acknowledged: work.written,
    coverage: sim.coverage,
    occasions: process.machine.occasions.counts,
  };
}

class Work {
  readonly #sim: Simulation;
  readonly #process: BrokerProcess;
  readonly #pipeline: Pipeline;
  readonly #random: Random;
  readonly #rows: readonly Row[];
  readonly #isShared: boolean;
  readonly #archive = new Archive((message) => this.#violated(message));
  #isSettling = false;
  #life = 0;
  /** Rows of which it is known that they are in the log. */
  written = 0;
  /** Records that came out. */
  count = 0;

  constructor(sim: Simulation, process: BrokerProcess, pipeline: Pipeline, random: Random) {
    this.#sim = sim;
    this.#process = process;
    this.#pipeline = pipeline;
    this.#random = random;
    this.#isShared = random.below(2) === 0;
    this.#rows = drawInput(random, 2 + random.below(4), 8 + random.below(20), [2, 20, 900][random.below(3)]!);
  }

  /** Everything calm from now on. */
  settle(): void {
    this.#isSettling = true;
  }

  /** Looks for new lives of the broker, for ever. */
  async followLives(): Promise<never> {
    let seen: Server | undefined;
    for (;;) {
      const { server } = this.#process;
      if (server !== undefined && server !== seen) {
        seen = server;
        void this.#guarded(this.#live(server, ++this.#life));
      }
      await this.#sim.clock.sleep(5);
    }
  }

  /** What a broker answers while it stops, starts or has lost its disk is no news; the pipeline must get over it. */
  async #guarded(running: Promise<unknown>): Promise<void> {
    try {
      await running;
    } catch (error) {
      if (!isOfTheMoment(error)) this.#sim.fail(error);
      this.#sim.cover('pipeline: the broker could not answer');
    }
  }

  async #live(server: Server, life: number): Promise<void> {
    const random = this.#random.fork(`life ${life}`);
    await this.#guarded(this.#lookAround(server));
    const guarded = (running: Promise<unknown>) => this.#guarded(running);
    void guarded(this.#write(server, random.fork('writer')));
    void guarded(this.#member(server, 'a', random.fork('a')));
    if (this.#isShared) void guarded(this.#comeAndGo(server, random.fork('b')));
    if (random.below(3) === 0) void guarded(this.#usurp(server, random.fork('usurper')));
  }

  async #lookAround(server: Server): Promise<void> {
    const log = await PipelineLog.of(server, this.#pipeline, this.#archive);
    if (!log.isComplete) return;
    await log.agrees((message) => this.#violated(message));
    this.#sim.cover('pipeline: looked whether all agrees');
  }

  async #write(server: Server, random: Random): Promise<void> {
    const { clock } = server.broker;
    while (this.written < this.#rows.length) {
      const rows = this.#rows.slice(this.written, this.written + 1 + random.below(6));
      try {
        await ensureInput(server);
        await server.log.append(
          INPUT,
          rows.map(({ key, value }) => ({ key, value })),
        );
        this.written += rows.length;
      } catch (error) {
        if (!isOfTheMoment(error)) throw error;
        await clock.sleep(AGAIN_MS);
      }
      await clock.sleep(random.below(this.#isSettling ? 5 : 120));
    }
  }

  #member(server: Server, name: string, random: Random): Promise<void> {
    return this.#host(server, name, random).ended;
  }

  #host(server: Server, name: string, random: Random): HostedPipeline {
    const { clock } = server.broker;
    const local = this.#archived(server, new LocalLogClient(server.broker, name));
    const client: LogClient = random.below(2) === 0 ? new Drowsy(local, clock, random) : local;
    return new HostedPipeline(this.#pipeline, { client, clock, events: silent });
  }

  #archived(server: Server, client: LocalLogClient): LogClient {
    const trim = client.deleteRecords.bind(client);
    return Object.assign(client, {
      deleteRecords: async (before: readonly Position[]) => {
        await this.#archive.keep(server, client, before);
        await trim(before);
        this.#sim.cover('pipeline: a repartition topic was trimmed');
      },
    });
  }

  /** A second member, for a while at a time. */
  async #comeAndGo(server: Server, random: Random): Promise<void> {
    const { clock } = server.broker;
    while (!this.#isSettling) {
      await clock.sleep(random.below(500));
      const hosted = this.#host(server, 'b', random);
      await clock.sleep(200 + random.below(1_500));
      await hosted.stop();
      await hosted.ended;
      this.#sim.cover('pipeline: a member left');
    }
  }

  /** Opens what another one has, and leaves it at that. */
  async #usurp(server: Server, random: Random): Promise<void> {
    const { clock, image } = server.broker;
    const client = new LocalLogClient(server.broker, 'usurper');
    while (!this.#isSettling) {
      await clock.sleep(random.below(800));
      const { stages } = this.#pipeline.layout;
      const stage = stages[random.below(stages.length)]!;
      const partitions = image.find(INPUT)!.partitionCount;
      await client.open(`${NAME}-${stage.name}-${random.below(partitions)}`);
      this.#sim.cover('pipeline: an owner was replaced');
    }
  }

  /** Resolves when everything is written and processed, and right. */
  async done(): Promise<void> {
    let last = '';
    for (const until = this.#sim.time + CONVERGE_MS; this.#sim.time < until; ) {
      await this.#sim.clock.sleep(LOOK_MS);
      const server = this.#process.server;
      if (server === undefined || this.written < this.#rows.length) continue;
      last = '';
      try {
        const log = await PipelineLog.of(server, this.#pipeline, this.#archive);
        if (!log.isComplete) continue;
        this.count = await log.isWhole((message) => (last ||= message));
      } catch (error) {
        if (!isOfTheMoment(error)) throw error;
        continue;
      }
      if (last === '') return;
    }
    this.#violated(
      last === '' ? `V2: ${this.written} of ${this.#rows.length} rows were written in a minute` : last,
    );
  }

  #violated(message: string): void {
    this.#sim.fail(new Error(message));
  }
}

/** An answer of the broker, or an error of its disk. */
function isOfTheMoment(error: unknown): boolean {
  return error instanceof KafkaError || (error as NodeJS.ErrnoException).code !== undefined;
}

async function ensureInput({ broker, log }: Server): Promise<void> {
  if (broker.image.find(INPUT) === undefined) await log.createTopic(INPUT, 2);
}
