/**
 * KafkaProcess: Apache Kafka (KRaft, one node that is broker and controller) as a child process on a folder and a port;
 * the same shape as BrokerProcess, so that every check can run against the oracle too.
 *
 *   node test/compat/kafka/kafka-process.ts --data DIR --port 9092     runs in the foreground until Ctrl-C
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { freePort } from '../../wire/broker-process.ts';
import { type KafkaHome, kafkaHome, LOG_SETTINGS } from './home.ts';
import { number, readOptions, text } from '../../../scripts/options.ts';

const READY_WITHIN_MS = 90_000;
/** Any 16 bytes; a folder is formatted for one cluster. */
const CLUSTER_ID = 'Z3JlZ29yLW9yYWNsZS0wMQ';

/** How the Java machine runs; without it small and quick to start, as checks want it. */
export interface KafkaMachine {
  /** `-Xmx` and `-Xms`, such as `1g`. */
  readonly heap: string;
  readonly collector: 'G1' | 'Serial';
  /** Prefix of the command, such as `taskset -c 0`: it must become the process itself. */
  readonly launcher: readonly string[];
  /** Longer where it has much to recover. */
  readonly readyWithinMs?: number;
}

const FOR_CHECKS: KafkaMachine = { heap: '768m', collector: 'Serial', launcher: [] };
const FORMAT_HEAP = '256m';

export class KafkaProcess {
  readonly folder: string;
  readonly port: number;
  readonly #home: KafkaHome;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #machine: KafkaMachine;
  #child: ChildProcess | undefined;
  /** Warnings and errors that Kafka printed, over all its lives. */
  output = '';

  constructor(
    home: KafkaHome,
    folder: string,
    port: number,
    settings: Readonly<Record<string, string>> = {},
    machine: KafkaMachine = FOR_CHECKS,
  ) {
    this.#home = home;
    this.#machine = machine;
    this.folder = folder;
    this.port = port;
    this.#settings = settings;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when Kafka serves clients: formats the folder first when it is new. */
  async start(): Promise<void> {
    const file = path.join(this.folder, 'server.properties');
    if (!existsSync(file)) {
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(
        file,
        properties({ ...defaults(this.folder, this.port, await freePort()), ...this.#settings }),
      );
      const format = spawnSync(
        'java',
        this.#java(['format', '-t', CLUSTER_ID, '-c', file], 'kafka.tools.StorageTool', FORMAT_HEAP),
        { encoding: 'utf8' },
      );
      if (format.status !== 0)
        throw new Error(`Kafka could not format its folder:\n${format.stdout}${format.stderr}`);
    }
    const { heap, launcher, readyWithinMs = READY_WITHIN_MS } = this.#machine;
    const [command, ...args] = [
      ...launcher,
      'java',
      ...this.#java([file], 'kafka.Kafka', heap, `-Xms${heap}`),
    ];
    const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (bytes: Buffer) => {
        this.output = (this.output + bytes.toString()).slice(-100_000);
      });
    const deadline = Date.now() + readyWithinMs;
    while (!(await answers(this.port))) {
      if (child.exitCode !== null) throw new Error(`Kafka ended at its start:\n${this.output}`);
      if (Date.now() > deadline)
        throw new Error(`Kafka was not ready in ${readyWithinMs} ms:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** kill -9. Resolves when the process is gone. */
  kill(): Promise<number | null> {
    return this.#end('SIGKILL');
  }

  /** SIGTERM. Resolves with the exit code. */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  #java(args: readonly string[], mainClass: string, heapMax: string, ...options: string[]): string[] {
    return [
      `-Xmx${heapMax}`,
      ...options,
      `-XX:+Use${this.#machine.collector}GC`,
      '-Djava.awt.headless=true',
      `-Dlog4j2.configurationFile=${LOG_SETTINGS}`,
      '-cp',
      this.#home.classPath,
      mainClass,
      ...args,
    ];
  }

  #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      return Promise.resolve(child?.exitCode ?? null);
    return new Promise((resolve) => {
      child.once('exit', (code) => resolve(code));
      child.kill(signal);
    });
  }
}

/** Kafka's own defaults but for what a single node needs. */
function defaults(folder: string, port: number, controllerPort: number): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': path.join(folder, 'data'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
  };
}

function properties(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** An ApiVersions answer: the port is open long before Kafka serves. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const end = (isReady: boolean) => {
      socket.destroy();
      resolve(isReady);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.once('data', () => end(true));
    // ApiVersions v0, correlation id 1, no client id.
    socket.once('connect', () => socket.write(Buffer.from('0000000a0012000000000001ffff', 'hex')));
  });
}

if (import.meta.main) {
  const { values } = readOptions(import.meta.filename, { data: text(), port: number(9092) });
  const home = kafkaHome();
  if ('missing' in home || values.data === undefined) {
    console.error('missing' in home ? home.missing : 'usage: kafka-process.ts --data DIR [--port PORT]');
    process.exit(2);
  }
  const kafka = new KafkaProcess(home, path.resolve(values.data), values.port);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, async () => {
      await kafka.stop();
      process.exit(0);
    });
  await kafka.start();
  console.log(`Kafka ${home.version} on 127.0.0.1:${kafka.port}, pid ${kafka.pid}, data in ${kafka.folder}`);
}
