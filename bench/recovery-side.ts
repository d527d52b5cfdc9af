/**
 * RecoverySide: a server with so much data is killed with -9 while producers write, and started again. A sample is one kill.
 *
 * From the spawn of the process: until one record is acknowledged, and until every partition says where it ends. Nothing that was acknowledged
 * before the last load began may be missing; what was in flight at the kill is nobody's promise. The page cache outlives the kill on both sides.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sample } from './figure.ts';
import { fill } from './fill.ts';
import { generate, type Load } from './load/generate.ts';
import { processorSeconds } from './machine.ts';
import { ServedSide } from './served.ts';
import type { Server, ServerKind } from './server.ts';
import { firstAcknowledged } from './serving.ts';
import type { Tools } from './tools.ts';
import { createTopic, recordsIn, untilServed } from './topic.ts';

const GIGABYTE = 1e9;
const CONNECTIONS_MAX = 12;
const LOAD_SECONDS_MAX = 60;
const KILL_AFTER_MS = { least: 1_000, spread: 1_000 };
const SERVED_WITHIN_MS = 600_000;

export interface Kept {
  readonly gigabytes: number;
  readonly partitions: number;
}

export class RecoverySide extends ServedSide {
  readonly #kept: Kept;
  readonly #load: Load;
  #topic: Promise<string> | undefined;

  constructor(kind: ServerKind, kept: Kept, tools: Tools) {
    super(kind, tools);
    this.#kept = kept;
    this.#load = {
      partitions: kept.partitions,
      connections: Math.min(kept.partitions, CONNECTIONS_MAX),
      inFlight: 5,
      recordsPerRequest: 100,
      valueBytes: 1000,
      isSpread: kept.partitions > 1,
    };
  }

  async sample(): Promise<Sample> {
    const server = await this.served.server();
    const topic = await (this.#topic ??= this.#fill(server));
    const { partitions, gigabytes } = this.#kept;
    const before = await recordsIn(server.port, topic, partitions);
    await this.#killUnderLoad(server, topic);
    const began = performance.now();
    const since = () => performance.now() - began;
    const ready = server.start();
    const acknowledged = firstAcknowledged(server.port, topic).then(since);
    const [, produceMs] = await Promise.all([ready, acknowledged]);
    await untilServed(server.port, topic, partitions, SERVED_WITHIN_MS);
    const servedMs = since();
    const cpuSeconds = processorSeconds(server.pid!);
    const held = await recordsIn(server.port, topic, partitions);
    if (held < before + 1)
      throw new Error(`${this.name}: ${before} records before the kill, ${held} after it`);
    return { produceMs, servedMs, cpuSeconds, gigabytes, partitions, records: held };
  }

  async #fill(server: Server): Promise<string> {
    const topic = this.served.nextTopic();
    await createTopic(server.port, topic, this.#kept.partitions, { 'retention.ms': '-1' });
    await fill(this.#load, this.#target(server, topic), this.#kept.gigabytes * GIGABYTE);
    return topic;
  }

  async #killUnderLoad(server: Server, topic: string): Promise<void> {
    const target = this.#target(server, topic);
    const run = { ...target, seconds: LOAD_SECONDS_MAX, warmUpSeconds: 0, warmUpMebibytes: 0 };
    const broken = generate(this.#load, run).then(
      () => false,
      () => true, // its connections break: that is what ends it
    );
    await sleep(KILL_AFTER_MS.least + Math.random() * KILL_AFTER_MS.spread);
    await server.kill();
    if (!(await broken)) throw new Error(`${this.name}: the load ended before the kill`);
  }

  #target(server: Server, topic: string) {
    return { topic, port: server.port, pid: server.pid!, launcher: this.tools.load };
  }
}
