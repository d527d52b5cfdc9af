/** The servers that are measured, all of one shape: started on a folder and a port, known by their process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { kafkaHome } from '../test/compat/kafka/home.ts';
import { KafkaProcess } from '../test/compat/kafka/kafka-process.ts';
import { BrokerProcess, freePort } from '../test/wire/broker-process.ts';
import { program } from './load/build.ts';
import type { Tools } from './tools.ts';

export interface Server {
  readonly port: number;
  readonly pid: number | undefined;
  start(): Promise<void>;
  stop(): Promise<number | null>;
  /** kill -9. */
  kill(): Promise<number | null>;
  /** Checkpoints of this folder until now, where there is such a thing. */
  checkpoints?(): number;
}

/** Makes a server on an empty folder, not started. */
export interface ServerKind {
  readonly name: string;
  /** Keeps a log that can be asked for its end. */
  readonly keepsLog: boolean;
  make(folder: string, tools: Tools): Promise<Server>;
}

export function gregor(settings: Readonly<Record<string, string>> = {}): ServerKind {
  const pairs = Object.entries(settings).map((pair) => pair.join('='));
  const set = pairs.flatMap((pair) => ['--set', pair]);
  return {
    name: ['Gregor', ...pairs].join(', '),
    keepsLog: true,
    make: async (folder, tools) =>
      new GregorProcess(
        path.join(folder, 'gregor'),
        await freePort(),
        ['--log-level', 'warn', ...set],
        tools.server,
      ),
  };
}

export const GREGOR = gregor();

class GregorProcess extends BrokerProcess {
  /** Every checkpoint writes a manifest of the next generation: its first line says which. */
  checkpoints(): number {
    const generations = ['manifest-a', 'manifest-b'].map((name) => {
      const file = path.join(this.folder, name);
      return existsSync(file) ? Number(readFileSync(file, 'latin1').split(' ', 3)[2]) : 0;
    });
    return Math.max(...generations);
  }
}

/** With 20 GB to look through after a kill it takes minutes. */
const KAFKA_READY_WITHIN_MS = 600_000;

/** Heap 1 GiB, G1; everything else as Kafka ships, but for `settings`: it acknowledges from the page cache, without a sync. */
export function kafka(settings: Readonly<Record<string, string>> = {}): ServerKind {
  const home = kafkaHome();
  if ('missing' in home) throw new Error(`no peer to measure against: ${home.missing}`);
  return {
    name: [`Apache Kafka ${home.version}`, ...Object.entries(settings).map((pair) => pair.join('='))].join(
      ', ',
    ),
    keepsLog: true,
    make: async (folder, tools) =>
      new KafkaProcess(home, path.join(folder, 'kafka'), await freePort(), settings, {
        heap: '1g',
        collector: 'G1',
        launcher: tools.server,
        readyWithinMs: KAFKA_READY_WITHIN_MS,
      }),
  };
}

/** As large as Gregor's journal, so that both go round in the same amount of page cache. */
const LIMIT_MEBIBYTES = 512;

export const LIMIT: ServerKind = {
  name: 'the limit in C',
  keepsLog: false,
  make: async (folder, tools) =>
    new AnswerProcess(tools, [
      '--journal',
      path.join(folder, 'journal'),
      '--mebibytes',
      String(LIMIT_MEBIBYTES),
    ]),
};

/** Keeps nothing, answers at once: what the load generator itself can reach. */
export const ANSWER_ONLY: ServerKind = {
  name: 'answers only',
  keepsLog: false,
  make: async (_folder, tools) => new AnswerProcess(tools, []),
};

/** `load/answer.c` as a process. */
class AnswerProcess implements Server {
  readonly #command: readonly string[];
  #child: ChildProcess | undefined;
  port = 0;

  constructor(tools: Tools, args: readonly string[]) {
    this.#command = [...tools.server, program('answer'), ...args];
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    const [command, ...args] = this.#command;
    this.#child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(this.#child.stdout!), 'line');
    this.port = Number(line);
  }

  stop(): Promise<number | null> {
    return endOf(this.#child, 'SIGTERM');
  }

  kill(): Promise<number | null> {
    return endOf(this.#child, 'SIGKILL');
  }
}

export async function endOf(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<number | null> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
  child.kill(signal);
  await once(child, 'exit');
  return child.exitCode;
}
