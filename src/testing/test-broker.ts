/**
 * TestBroker: a whole broker inside a test. Memory disk, any free port, nothing left behind.
 *
 *   await using broker = await startBroker({ topics: { orders: 3 } })
 *   await broker.append('orders', [{ key: 'a', value: { total: 3 } }])
 *   for await (const record of broker.read('orders', { from: 'start', until: 'end' })) …
 *   await broker.kill(); await broker.restart()
 *   broker.fail('produce', { with: 'NOT_LEADER_OR_FOLLOWER', times: 1 })
 *
 * It is the real broker with the real protocol: any client may connect to `bootstrap`. After `kill` the disk holds what
 * a killed process would leave behind, and `restart` recovers from it.
 */
import { type EventSink, silent } from '../base/index.ts';
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import type { ErrorName } from '../protocol/index.ts';
import {
  DEFAULT_STORAGE,
  type LogRecord,
  type NewRecord,
  type ReadOptions,
  type Server,
  startServer,
} from '../server/index.ts';

export interface TestBrokerOptions {
  /** Topics to make: name → number of partitions. */
  readonly topics?: Readonly<Record<string, number>> | undefined;
  /** Broker settings by Kafka's names. */
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** 0 (default): any free one; it stays the same over restarts. */
  readonly port?: number | undefined;
  /** False: no socket, only `append` and `read`. */
  readonly listens?: boolean | undefined;
  readonly events?: EventSink | undefined;
}

export interface Fault {
  readonly with: ErrorName;
  /** 1 when absent. */
  readonly times?: number | undefined;
}

const KIBIBYTE = 1024;
/** Small and quick: a test has few topics and little data. */
const STORAGE = {
  journal: { ...DEFAULT_STORAGE.journal, stepBytes: 512 * KIBIBYTE, reserveBytes: 128 * KIBIBYTE },
};
const SETTINGS = { 'offsets.topic.num.partitions': '1', 'transaction.state.log.num.partitions': '1' };

export class TestBroker implements AsyncDisposable {
  readonly #disk = new MemoryDisk();
  readonly #options: TestBrokerOptions;
  #server: Server | undefined;
  #port: number;

  private constructor(options: TestBrokerOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
  }

  static async start(options: TestBrokerOptions): Promise<TestBroker> {
    const broker = new TestBroker(options);
    await broker.restart();
    for (const [name, partitions] of Object.entries(options.topics ?? {}))
      await broker.createTopic(name, partitions);
    return broker;
  }

  get #running(): Server {
    if (this.#server === undefined) throw new Error('the broker is not running: call restart() first');
    return this.#server;
  }

  get port(): number {
    return this.#port;
  }

  /** What clients connect to. */
  get bootstrap(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async createTopic(name: string, partitions = 1): Promise<void> {
    await this.#running.log.createTopic(name, partitions);
  }

  /** Durable when it resolves, like an acknowledgement over the wire. */
  append(topic: string, records: readonly NewRecord[]): Promise<{ partition: number; offset: number }[]> {
    return this.#running.log.append(topic, records);
  }

  read(topic: string, options?: ReadOptions): AsyncGenerator<LogRecord> {
    return this.#running.log.read(topic, options);
  }

  /** The next requests of this API are refused with this error. */
  fail(api: string, fault: Fault): void {
    this.#running.faults.plan(api, fault.with, fault.times ?? 1);
  }

  /** Ends as kill -9 would: nothing flushed, nobody answered. */
  async kill(): Promise<void> {
    await this.#running.kill();
    this.#server = undefined;
  }

  /** Starts again on the same disk and port; a running broker is stopped properly first. */
  async restart(): Promise<void> {
    await this.stop();
    const settings = {
      ...SETTINGS,
      ...this.#options.settings,
      listeners: `PLAINTEXT://127.0.0.1:${this.#port}`,
    };
    this.#server = await startServer(memoryEnvironment(undefined, this.#disk), {
      settings: new Map(Object.entries(settings).map(([name, value]) => [name, String(value)])),
      events: this.#options.events ?? silent,
      storage: STORAGE,
      listens: this.#options.listens,
    });
    this.#port = this.#server.listeners[0]?.port ?? this.#port;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

export function startBroker(options: TestBrokerOptions = {}): Promise<TestBroker> {
  return TestBroker.start(options);
}
