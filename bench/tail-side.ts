/**
 * TailSide: one server that is written to and read at the tail at the same time; a sample is one run on a topic of its own.
 *
 * Every reader must have seen every acknowledged record, or the run fails.
 */
import type { Sample } from './figure.ts';
import { type ReadOutcome, type Reading, read } from './load/fetch.ts';
import { generate, type Load, type Outcome } from './load/generate.ts';
import { busySeconds } from './machine.ts';
import { ServedSide } from './served.ts';
import type { Server, ServerKind } from './server.ts';
import type { Tools } from './tools.ts';
import { createTopic, deleteTopic, recordsIn } from './topic.ts';

export interface TailOptions {
  readonly kind: ServerKind;
  readonly load: Load;
  readonly reading: Reading;
  readonly warmUpSeconds: number;
  /** What the figure shows. */
  readonly measures: (written: Outcome, seen: ReadOutcome) => Sample;
  /** What else the server has to do. */
  readonly beside?: Beside;
}

export interface Beside {
  /** Before each run. */
  prepare(server: Server): Promise<void>;
  /** For so long; what it saw is kept with the sample. */
  run(server: Server, seconds: number): Promise<Sample>;
}

/** The reader counts a little less at both ends, so that it never counts what the writer does not. */
const MARGIN_SECONDS = 0.25;

export class TailSide extends ServedSide {
  readonly #options: TailOptions;

  constructor(options: TailOptions, tools: Tools) {
    super(options.kind, tools);
    this.#options = options;
  }

  async sample(seconds: number): Promise<Sample> {
    const { load, reading, warmUpSeconds, measures, beside } = this.#options;
    const server = await this.served.server();
    const topic = this.served.nextTopic();
    const target = { topic, port: server.port, pid: server.pid!, launcher: this.tools.load };
    await createTopic(server.port, topic, load.partitions);
    await beside?.prepare(server);
    const busyBefore = busySeconds();
    const began = performance.now();
    const [written, seen, besides] = await Promise.all([
      generate(load, { ...target, seconds, warmUpSeconds, warmUpMebibytes: 0 }),
      read(reading, {
        ...target,
        seconds: seconds - 2 * MARGIN_SECONDS,
        warmUpSeconds: warmUpSeconds + MARGIN_SECONDS,
      }),
      beside?.run(server, warmUpSeconds + seconds),
    ]);
    const coresBusy = (busySeconds() - busyBefore) / ((performance.now() - began) / 1000);
    await this.#check(target, written.acknowledgedRecords);
    await deleteTopic(server.port, topic);
    return {
      ...measures(written, seen),
      ...besides,
      acknowledgedRecords: written.acknowledgedRecords,
      serverCores: written.serverSeconds / written.seconds,
      loadCores: written.loadSeconds / written.seconds,
      coresBusy,
    };
  }

  /** The log holds what was acknowledged, and it can be read from end to end. */
  async #check(
    target: { topic: string; port: number; pid: number; launcher: readonly string[] },
    acknowledged: number,
  ): Promise<void> {
    const { partitions } = this.#options.load;
    const held = await recordsIn(target.port, target.topic, partitions);
    const { allRecords } = await read({ partitions, connections: 1 }, { ...target, records: held });
    if (held !== acknowledged || allRecords !== acknowledged)
      throw new Error(`${this.name}: ${acknowledged} records acknowledged, ${held} held, ${allRecords} read`);
  }
}
