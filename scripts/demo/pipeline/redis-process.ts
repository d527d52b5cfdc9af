/** RedisProcess: a Redis of our own on a free port, that keeps nothing on disk. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import net from 'node:net';
import { freePort } from '../../../test/wire/broker-process.ts';
import { pause } from './faults.ts';

const READY_WITHIN_MS = 10_000;

export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).error === undefined;
}

export class RedisProcess {
  readonly #child: ChildProcess;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(folder: string): Promise<RedisProcess> {
    const port = await freePort();
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
    const redis = new RedisProcess(spawn('redis-server', settings, { stdio: 'ignore' }), port);
    const deadline = Date.now() + READY_WITHIN_MS;
    while ((await redis.#ask('PING').catch(() => '')) !== '+PONG') {
      if (Date.now() > deadline) throw new Error(`redis-server does not answer on port ${port}`);
      await pause(20);
    }
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** It forgets everything. */
  async flush(): Promise<void> {
    await this.#ask('FLUSHALL');
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.kill('SIGKILL');
    });
  }

  #ask(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port: this.port, host: '127.0.0.1' }, () =>
        socket.write(`${command}\r\n`),
      );
      socket.once('error', reject);
      socket.once('data', (bytes) => {
        resolve(bytes.toString().trim());
        socket.destroy();
      });
    });
  }
}
