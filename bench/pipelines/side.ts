/**
 * PipelineSide: a broker, and a pipeline as a process of its own. A sample gives it a topic that is full already, and takes the time
 * from a fifth of the outputs to nearly the last: by then a Java machine has compiled what it compiles. Then all of them are looked at.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readCommitted } from '../../test/exactly-once/committed-reader.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import type { Guarantee } from '../../src/streams/index.ts';
import type { Sample, Side } from '../figure.ts';
import { busySeconds, processorSeconds, residentBytes } from '../machine.ts';
import { Served } from '../served.ts';
import type { ServerKind } from '../server.ts';
import type { Tools } from '../tools.ts';
import { createTopic, deleteTopic, recordsIn } from '../topic.ts';
import type { Application, Mode, Run } from './application.ts';
import { outputsOf, PARTITIONS, type Reading, write } from './input.ts';

/** So many records for each second that a sample should take. */
const PER_SECOND = 20_000;
/** Event times lie years back. */
const FOR_EVER = { 'retention.ms': '-1' };
const WARM_SHARE = 0.2;
const LAST_SHARE = 0.95;
const LOOK_MS = 50;
const STUCK_MS = 120_000;

export interface Topology {
  readonly mode: Mode;
  readonly guarantee: Guarantee;
}

export class PipelineSide implements Side {
  readonly name: string;
  readonly #served: Served;
  readonly #application: Application;
  readonly #topology: Topology;
  readonly #tools: Tools;
  #count = 0;

  constructor(broker: ServerKind, application: Application, topology: Topology, tools: Tools) {
    this.name = `${application.name} on ${broker.name}`;
    this.#served = new Served(broker, tools);
    this.#application = application;
    this.#topology = topology;
    this.#tools = tools;
  }

  async sample(seconds: number): Promise<Sample> {
    const { port } = await this.#served.server();
    const n = this.#count++;
    const [source, target] = [`readings-${n}`, `clean-${n}`];
    for (const topic of [source, target]) await createTopic(port, topic, PARTITIONS, FOR_EVER);
    const perPartition = Math.ceil((seconds * PER_SECOND) / PARTITIONS);
    const count = await write(port, source, perPartition);
    const folder = await this.#tools.folder('pipeline');
    const run = { port, source, target, name: `readings-app-${n}`, ...this.#topology, folder };
    const wanted = outputsOf(perPartition, run.mode) * PARTITIONS;
    const seen = await this.#watch(run, wanted, count);
    for (const topic of [source, target]) await deleteTopic(port, topic);
    return seen;
  }

  /** From a fifth of the outputs to nearly the last. */
  async #watch(run: Run, wanted: number, count: number): Promise<Sample> {
    const { command, environment } = this.#application.command(run);
    const [program, ...args] = [...this.#tools.load, ...command];
    const child = spawn(program!, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...environment },
    });
    let errors = '';
    child.stderr.on('data', (bytes: Buffer) => (errors = (errors + bytes.toString()).slice(-2_000)));
    try {
      const first = await this.#until(run, wanted * WARM_SHARE, child);
      const last = await this.#until(run, wanted * LAST_SHARE, child);
      await check(run, wanted);
      const share = (last.outputs - first.outputs) / wanted;
      const elapsed = (last.atMs - first.atMs) / 1_000;
      return {
        recordsPerSecond: (count * share) / elapsed,
        applicationMicroseconds: ((last.cpu - first.cpu) * 1e6) / (count * share),
        brokerMicroseconds: ((last.brokerCpu - first.brokerCpu) * 1e6) / (count * share),
        coresBusy: (last.busy - first.busy) / elapsed,
        residentMebibytes: last.resident,
        records: count,
      };
    } catch (error) {
      throw new Error(`${this.name}: ${String(error)}\n${errors}`, { cause: error });
    } finally {
      child.kill('SIGKILL');
      await new Promise((resolve) =>
        child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(0),
      );
    }
  }

  async #until({ port, target }: Run, outputs: number, child: ChildProcess) {
    const { pid: brokerPid } = await this.#served.server();
    let before = -1;
    for (let heard = performance.now(); ; await new Promise((resolve) => setTimeout(resolve, LOOK_MS))) {
      const found = await recordsIn(port, target, PARTITIONS);
      if (found >= outputs)
        return {
          atMs: performance.now(),
          outputs: Math.min(found, outputs),
          cpu: processorSeconds(child.pid!),
          brokerCpu: processorSeconds(brokerPid!),
          busy: busySeconds(),
          resident: residentBytes(child.pid!) / 2 ** 20,
        };
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
      if (found > before) heard = performance.now();
      before = found;
      if (performance.now() - heard > STUCK_MS) throw new Error(`stuck at ${found} of ${outputs}`);
    }
  }

  async close(): Promise<void> {
    await this.#served.close();
    await this.#application.close?.();
  }
}

/** As many outputs as there must be; where that was asked for, those of a sensor in order. */
async function check({ port, target: topic, mode }: Run, wanted: number): Promise<void> {
  const client = await WireClient.connect(port);
  const isOrdered = mode === 'all' || mode === 'reorder';
  try {
    let found = 0;
    for (
      const deadline = performance.now() + STUCK_MS / 10;
      found < wanted && performance.now() < deadline;
    ) {
      found = 0;
      const last = new Map<string, number>();
      for (let partition = 0; partition < PARTITIONS; partition++)
        await readCommitted(client, topic, partition, (value) => {
          const { sensor, at } = JSON.parse(value) as Reading;
          if (isOrdered && at < (last.get(sensor) ?? 0))
            throw new Error(`${topic}: ${value} is out of order`);
          last.set(sensor, at);
          found++;
        });
    }
    if (found !== wanted) throw new Error(`${topic}: ${found} outputs, ${wanted} expected`);
  } finally {
    client.close();
  }
}
