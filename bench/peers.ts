/** Logs that speak something else, as processes: NATS JetStream (built with Go on demand) and Redis Streams (from the system). */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/wire/broker-process.ts';
import { endOf, type Server, type ServerKind } from './server.ts';

const NATS_VERSION = 'v2.15.2';
const TOOLS = path.join(import.meta.dirname, '../.cache/go-tools');
const READY_WITHIN_MS = 10_000;

/** What `load/append.c` speaks to it. */
export interface OtherKind extends ServerKind {
  readonly protocol: 'nats' | 'redis';
}

/** `sync_interval: always` syncs before the answer; as it ships NATS syncs every two minutes. */
export function nats(isSynced: boolean): OtherKind {
  return {
    name: `NATS JetStream ${NATS_VERSION}${isSynced ? ', sync_interval: always' : ''}`,
    protocol: 'nats',
    keepsLog: true,
    async make(folder, { server }) {
      const port = await freePort();
      const file = path.join(folder, 'nats.conf');
      const store = `store_dir: "${path.join(folder, 'jetstream')}"`;
      writeFileSync(
        file,
        `listen: "127.0.0.1:${port}"\njetstream { ${store}${isSynced ? ', sync_interval: always' : ''} }\n`,
      );
      return new OtherProcess([...server, natsServer(), '-c', file], port);
    },
  };
}

/** An append-only file in both cases; `always` syncs before the answer, `everysec` is how Redis recommends it. */
export function redis(isSynced: boolean): OtherKind {
  const fsync = isSynced ? 'always' : 'everysec';
  return {
    name: `Redis Streams, appendfsync ${fsync}`,
    protocol: 'redis',
    keepsLog: true,
    async make(folder, { server }) {
      const port = await freePort();
      const settings = ['--save', '', '--appendonly', 'yes', '--appendfsync', fsync, '--dir', folder];
      return new OtherProcess([...server, 'redis-server', '--port', String(port), ...settings], port);
    },
  };
}

function natsServer(): string {
  const program = path.join(TOOLS, 'nats-server');
  if (existsSync(program)) return program;
  mkdirSync(TOOLS, { recursive: true });
  execFileSync('go', ['install', `github.com/nats-io/nats-server/v2@${NATS_VERSION}`], {
    env: { ...process.env, GOBIN: TOOLS, GOFLAGS: '-mod=mod' },
    stdio: 'inherit',
  });
  return program;
}

class OtherProcess implements Server {
  readonly port: number;
  readonly #command: readonly string[];
  #child: ChildProcess | undefined;

  constructor(command: readonly string[], port: number) {
    this.#command = command;
    this.port = port;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    const [command, ...args] = this.#command;
    const child = spawn(command!, args, { stdio: 'ignore' });
    this.#child = child;
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!(await answers(this.port))) {
      if (child.exitCode !== null || performance.now() > deadline)
        throw new Error(`${command} did not start: ${this.#command.join(' ')}`);
      await sleep(20);
    }
  }

  stop(): Promise<number | null> {
    return endOf(this.#child, 'SIGTERM');
  }

  kill(): Promise<number | null> {
    return endOf(this.#child, 'SIGKILL');
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
