/** TransactionSide: one server under producers that do nothing but transactions; the log is checked after every run. */
import path from 'node:path';
import type { Sample } from './figure.ts';
import { runLoad } from './load/run-load.ts';
import { busySeconds } from './machine.ts';
import { ServedSide } from './served.ts';
import type { ServerKind } from './server.ts';
import type { Tools } from './tools.ts';
import { createTopic, deleteTopic, recordsIn } from './topic.ts';

const LOAD = path.join(import.meta.dirname, 'load/transactions.ts');
const WARM_UP_SECONDS = 4;
const GRACE_MS = 120_000;
/** Kafka writes the markers of the last transactions behind its answer. */
const MARKERS_WITHIN_MS = 10_000;

/** A transaction is so many records for each partition, and its end. */
export interface TransactionLoad {
  readonly partitions: number;
  readonly producers: number;
  readonly records: number;
  readonly valueBytes: number;
}

export class TransactionSide extends ServedSide {
  readonly #load: TransactionLoad;

  constructor(kind: ServerKind, load: TransactionLoad, tools: Tools) {
    super(kind, tools);
    this.#load = load;
  }

  async sample(seconds: number): Promise<Sample> {
    const { port, pid } = await this.served.server();
    const topic = this.served.nextTopic();
    await createTopic(port, topic, this.#load.partitions);
    const busyBefore = busySeconds();
    const began = performance.now();
    const seen = await this.#run({ port, topic, pid: pid!, seconds });
    const elapsed = (performance.now() - began) / 1000;
    const coresBusy = (busySeconds() - busyBefore) / elapsed;
    await this.#check(port, topic, seen.committed);
    if (seen.transactions === 0)
      throw new Error(
        `${this.name}: no transaction began and ended in ${seen.seconds} s: nothing was measured`,
      );
    await deleteTopic(port, topic);
    return {
      transactionsPerSecond: seen.transactions / seen.seconds,
      produceP50Ms: seen.produceMs.p50,
      produceP99Ms: seen.produceMs.p99,
      commitP50Ms: seen.commitMs.p50,
      commitP99Ms: seen.commitMs.p99,
      serverMicrosecondsPerTransaction: (seen.serverSeconds * 1e6) / seen.transactions,
      committed: seen.committed,
      serverCores: seen.serverSeconds / seen.seconds,
      loadCores: seen.loadSeconds / seen.seconds,
      coresBusy,
    };
  }

  #run(target: { port: number; topic: string; pid: number; seconds: number }): Promise<Seen> {
    const options = {
      ...target,
      partitions: this.#load.partitions,
      producers: this.#load.producers,
      records: this.#load.records,
      'value-bytes': this.#load.valueBytes,
      'warm-up': this.tools.isQuick ? 1 : WARM_UP_SECONDS,
    };
    const program = [process.execPath, LOAD];
    const timeoutMs = target.seconds * 1000 + GRACE_MS;
    return runLoad({ launcher: this.tools.load, program, options, timeoutMs });
  }

  /** The log holds the records that were committed, and a marker of each transaction in each partition: nothing else. */
  async #check(port: number, topic: string, committed: number): Promise<void> {
    const { partitions, records } = this.#load;
    const wanted = committed * partitions * (records + 1);
    const deadline = performance.now() + MARKERS_WITHIN_MS;
    let held = await recordsIn(port, topic, partitions);
    while (held < wanted && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      held = await recordsIn(port, topic, partitions);
    }
    if (held !== wanted)
      throw new Error(
        `${this.name}: ${committed} transactions committed, ${held} offsets instead of ${wanted}`,
      );
  }
}

/** What `load/transactions.ts` prints: over the measured seconds, but for `committed`, which counts the whole run. */
interface Seen {
  readonly seconds: number;
  readonly transactions: number;
  readonly committed: number;
  readonly serverSeconds: number;
  readonly loadSeconds: number;
  readonly produceMs: { readonly p50: number; readonly p99: number };
  readonly commitMs: { readonly p50: number; readonly p99: number };
}
