/** Copier: a client's process, started again whenever it ends, as its supervisor would do. */
import { type ChildProcess, spawn } from 'node:child_process';

export class Copier {
  readonly #command: readonly string[];
  readonly #environment: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #isStopped = false;
  /** Ends that nobody asked for. */
  ends = 0;
  /** Times that it got nowhere until it was killed. */
  hangs = 0;
  errors = '';

  constructor(
    command: readonly string[],
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.#command = [...command, ...args];
    this.#environment = environment;
  }

  start(): void {
    const [program, ...rest] = this.#command;
    const child = spawn(program!, rest, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...this.#environment },
    });
    this.#child = child;
    child.stderr.on(
      'data',
      (bytes: Buffer) => (this.errors = (this.errors + bytes.toString()).slice(-4_000)),
    );
    child.once('exit', (code, signal) => {
      if (signal !== 'SIGKILL') this.ends++;
      if (!this.#isStopped) setTimeout(() => this.start(), signal === 'SIGKILL' ? 0 : 200);
    });
  }

  /** kill -9; it starts again by itself. */
  kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  }

  restartHung(): Promise<void> {
    this.hangs++;
    return this.kill();
  }

  stop(): void {
    this.#isStopped = true;
    void this.kill();
  }
}
