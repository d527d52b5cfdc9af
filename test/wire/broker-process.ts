/** BrokerProcess: the real program as a child process on a folder and a port; it can be killed, stopped and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';

const PROGRAM = path.join(import.meta.dirname, '../../bin/gregor.mjs');
/** A busy machine takes its time. */
const READY_WITHIN_MS = 120_000;

export class BrokerProcess {
  readonly folder: string;
  readonly port: number;
  readonly #arguments: readonly string[];
  readonly #launcher: readonly string[];
  #child: ChildProcess | undefined;
  /** Everything that the program printed, over all its lives. */
  output = '';

  /** `launcher`: prefix of the command, such as `taskset -c 0`; it must become the process itself. */
  constructor(
    folder: string,
    port: number,
    extraArguments: readonly string[] = [],
    launcher: readonly string[] = [],
  ) {
    this.folder = folder;
    this.port = port;
    this.#arguments = extraArguments;
    this.#launcher = launcher;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the port answers. Rejects with the output when the program ends before. */
  async start(): Promise<void> {
    const [command, ...args] = [
      ...this.#launcher,
      process.execPath,
      PROGRAM,
      'start',
      '--data',
      this.folder,
      '--listen',
      `127.0.0.1:${this.port}`,
      ...this.#arguments,
    ];
    const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let ended = false;
    child.once('exit', () => {
      ended = true;
    });
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (bytes: Buffer) => {
        this.output = (this.output + bytes.toString()).slice(-100_000);
      });
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await answers(this.port))) {
      if (ended) throw new Error(`the broker ended at its start:\n${this.output}`);
      if (Date.now() > deadline)
        throw new Error(`the broker was not ready in ${READY_WITHIN_MS} ms:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
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

  /** True once the process has ended by this signal; waits for it so long. */
  async hasDied(signal: NodeJS.Signals, withinMs: number): Promise<boolean> {
    const child = this.#child;
    if (child === undefined) return false;
    if (child.exitCode === null && child.signalCode === null && withinMs > 0)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, withinMs);
        child.once('exit', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    return child.signalCode === signal;
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

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
