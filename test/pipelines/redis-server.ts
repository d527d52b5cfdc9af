/** A redis-server of a test's own: a free port, a temporary folder, nothing saved. Undefined where there is none on this machine. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from 'redis';

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
export const noRedis = hasRedis
  ? false
  : 'there is no redis-server on this machine (Debian: apt-get install redis-server)';

export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #launcher: readonly string[];
  #process: ChildProcess;

  private constructor(port: number, folder: string, launcher: readonly string[]) {
    this.port = port;
    this.#launcher = launcher;
    this.#folder = folder;
    this.#process = this.#spawn();
  }

  /** `launcher`: the beginning of the command, such as `taskset -c 1`. */
  static async start(launcher: readonly string[] = []): Promise<RedisServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const redis = new RedisServer(port, mkdtempSync(path.join(tmpdir(), 'gregor-redis-')), launcher);
    await redis.#ready();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** kill -9; all that it held is gone. */
  async kill(): Promise<void> {
    const isOver = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await isOver;
  }

  /** It answers nobody, and no connection ends; until `thaw`. */
  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process.kill('SIGCONT');
  }

  async restart(): Promise<void> {
    this.#process = this.#spawn();
    await this.#ready();
  }

  async command(...words: string[]): Promise<unknown> {
    const client = createClient({ url: this.url });
    client.on('error', () => {}); // the command tells it
    await client.connect();
    try {
      return await client.sendCommand(words);
    } finally {
      client.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #spawn(): ChildProcess {
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    const [program, ...words] = [...this.#launcher, 'redis-server', ...options];
    return spawn(program!, words, { stdio: ['ignore', 'ignore', 'ignore'] });
  }

  async #ready(): Promise<void> {
    for (let n = 0; ; n++) {
      try {
        await this.command('PING');
        return;
      } catch (error) {
        if (n > 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}
