/**
 * ProduceSide: one server under the load generator; a sample is one run on a topic of its own.
 *
 * The log is checked after every run: it must hold exactly the records that were acknowledged.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Sample } from './figure.ts';
import { generate, type Load, type Outcome } from './load/generate.ts';
import { busySeconds, writtenBytes } from './machine.ts';
import { ServedSide } from './served.ts';
import type { Server, ServerKind } from './server.ts';
import type { Tools } from './tools.ts';
import { createTopic, deleteTopic, recordsIn } from './topic.ts';

const run = promisify(execFile);

export interface ProduceOptions {
  readonly kind: ServerKind;
  readonly load: Load;
  /** Before the measured seconds of every run. */
  readonly warmUpSeconds: number;
  /** And until this much is acknowledged: a journal that still grows to its size is not what a broker does all day. */
  readonly warmUpMebibytes: number;
  /** True: a new server on an empty folder for every run, so that no run pays for the files of the one before. */
  readonly isFresh: boolean;
  /** What the figure shows, from what the generator counted. */
  readonly measures: (outcome: Outcome, whole: WholeRun) => Sample;
}

/** Of the run with its warm-up. */
export interface WholeRun {
  /** What the disk was given to write, by whomever. */
  readonly storedBytes: number;
}

export class ProduceSide extends ServedSide {
  readonly #options: ProduceOptions;

  constructor(options: ProduceOptions, tools: Tools) {
    super(options.kind, tools);
    this.#options = options;
  }

  async sample(seconds: number): Promise<Sample> {
    const server = await this.served.server();
    try {
      return await this.#run(server, seconds);
    } finally {
      if (this.#options.isFresh) await this.close();
    }
  }

  async #run(server: Server, seconds: number): Promise<Sample> {
    const { kind, load, measures, warmUpMebibytes } = this.#options;
    const topic = this.served.nextTopic();
    const { port } = server;
    if (kind.keepsLog) await createTopic(port, topic, load.partitions);
    await run('sync'); // what earlier runs left to be written is not this one's burden
    const busyBefore = busySeconds();
    const writtenBefore = writtenBytes(this.tools.root);
    const checkpointsBefore = server.checkpoints?.() ?? 0;
    const began = performance.now();
    const outcome = await generate(load, {
      topic,
      port,
      pid: server.pid!,
      seconds,
      warmUpSeconds: this.tools.isQuick
        ? Math.min(2, this.#options.warmUpSeconds)
        : this.#options.warmUpSeconds,
      warmUpMebibytes,
      launcher: this.tools.load,
    });
    const elapsed = (performance.now() - began) / 1000;
    const coresBusy = (busySeconds() - busyBefore) / elapsed;
    await run('sync'); // what is only in the page cache counts as well
    const storedBytes = writtenBytes(this.tools.root) - writtenBefore;
    if (kind.keepsLog) {
      const held = await recordsIn(port, topic, load.partitions);
      if (held !== outcome.acknowledgedRecords)
        throw new Error(
          `${kind.name}: ${outcome.acknowledgedRecords} records acknowledged, ${held} in the log`,
        );
      await deleteTopic(port, topic);
    }
    const { latencyMs } = outcome;
    const checkpoints = server.checkpoints?.();
    return {
      ...measures(outcome, { storedBytes }),
      ...(checkpoints === undefined ? {} : { checkpoints: checkpoints - checkpointsBefore }),
      acknowledgedRecords: outcome.acknowledgedRecords,
      latencyP50Ms: latencyMs.p50,
      latencyP99Ms: latencyMs.p99,
      latencyP999Ms: latencyMs.p999,
      serverCores: outcome.serverSeconds / outcome.seconds,
      loadCores: outcome.loadSeconds / outcome.seconds,
      coresBusy,
    };
  }
}
