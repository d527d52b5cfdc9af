/**
 * T1: transactions per second, and how long a produce request inside of one takes. Ten producers; a transaction is ten records of
 * 100 B for each of four partitions, and its end. Kafka answers the end before its markers are written, Gregor when all of it is durable
 * and can be read.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Figure, Sample, Side } from '../figure.ts';
import { busySeconds } from '../machine.ts';
import { GREGOR, kafka, type Server, type ServerKind } from '../server.ts';
import type { Tools } from '../tools.ts';
import { createTopic, deleteTopic, recordsIn } from '../topic.ts';

const run = promisify(execFile);
const LOAD = path.join(import.meta.dirname, '../load/transactions.ts');
const PARTITIONS = 4;
const PRODUCERS = 10;
const RECORDS = 10;
const VALUE_BYTES = 100;
const WARM_UP_SECONDS = 4;
const GRACE_MS = 120_000;
/** Kafka writes the markers of the last transactions behind its answer. */
const MARKERS_WITHIN_MS = 10_000;

export const t1: Figure = {
  id: 'T1',
  title: 'transactions per second, produce latency inside of them',
  conditions: [
    { name: 'pinned', pinned: true, seconds: 15 },
    { name: 'unpinned', pinned: false, seconds: 15 },
  ],
  warmUpSeconds: 60,
  measures: [
    { name: 'transactionsPerSecond', unit: 'transactions/s' },
    { name: 'produceP50Ms', unit: 'produce p50 ms' },
    { name: 'produceP99Ms', unit: 'produce p99 ms' },
    { name: 'commitP50Ms', unit: 'commit p50 ms' },
    { name: 'commitP99Ms', unit: 'commit p99 ms' },
    { name: 'serverMicrosecondsPerTransaction', unit: 'cpu µs/transaction' },
  ],
  open: async (_condition, tools) => ({
    ours: new TransactionSide(GREGOR, tools),
    peer: new TransactionSide(kafka(), tools),
  }),
};

class TransactionSide implements Side {
  readonly name: string;
  readonly #kind: ServerKind;
  readonly #tools: Tools;
  #server: Server | undefined;
  #count = 0;

  constructor(kind: ServerKind, tools: Tools) {
    this.name = kind.name;
    this.#kind = kind;
    this.#tools = tools;
  }

  async sample(seconds: number): Promise<Sample> {
    const { port, pid } = (this.#server ??= await this.#started());
    const topic = `transactions-${this.#count++}`;
    await createTopic(port, topic, PARTITIONS);
    const busyBefore = busySeconds();
    const began = performance.now();
    const seen = await this.#load({ port, topic, pid: pid!, seconds });
    const elapsed = (performance.now() - began) / 1000;
    const coresBusy = (busySeconds() - busyBefore) / elapsed;
    await this.#check(port, topic, seen.committed);
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

  async #started(): Promise<Server> {
    const server = await this.#kind.make(await this.#tools.folder('transactions'), this.#tools);
    await server.start();
    return server;
  }

  async #load(target: { port: number; topic: string; pid: number; seconds: number }): Promise<Seen> {
    const options = {
      ...target,
      partitions: PARTITIONS,
      producers: PRODUCERS,
      records: RECORDS,
      'value-bytes': VALUE_BYTES,
      'warm-up': this.#tools.isQuick ? 1 : WARM_UP_SECONDS,
    };
    const [command, ...args] = [
      ...this.#tools.load,
      process.execPath,
      LOAD,
      ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ];
    const { stdout } = await run(command!, args, { timeout: target.seconds * 1000 + GRACE_MS });
    return JSON.parse(stdout) as Seen;
  }

  /** The log holds the records that were committed, and a marker of each transaction in each partition: nothing else. */
  async #check(port: number, topic: string, committed: number): Promise<void> {
    const wanted = committed * PARTITIONS * (RECORDS + 1);
    const deadline = performance.now() + MARKERS_WITHIN_MS;
    let held = await recordsIn(port, topic, PARTITIONS);
    while (held < wanted && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      held = await recordsIn(port, topic, PARTITIONS);
    }
    if (held !== wanted)
      throw new Error(
        `${this.name}: ${committed} transactions committed, ${held} offsets instead of ${wanted}`,
      );
  }

  async close(): Promise<void> {
    await this.#server?.stop();
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
