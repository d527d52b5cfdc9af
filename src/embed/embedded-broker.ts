/**
 * EmbeddedBroker: a whole broker inside a program of somebody else's. The same log, the same durability, the same
 * protocol as the program `gregor`: any Kafka client may connect to `bootstrap` meanwhile.
 *
 * The world it lives in is given: a real folder (`gregor`), or a memory disk (`gregor/testing`). Each life gets its
 * environment from `world`, so that a restart finds what the last life left on the disk.
 */
import { type EventSink, silent } from '../base/index.ts';
import type { Environment, Programs } from '../env/index.ts';
import { nodeHttp, nodeSpaceOf } from '../env/node/index.ts';
import type { HostedPipeline, LogClient } from '../pipelines/index.ts';
import type { ErrorName } from '../protocol/index.ts';
import {
  type LogRecord,
  type NewRecord,
  type ReadOptions,
  type RefusalReport,
  type Server,
  type StorageOptions,
  startServer,
} from '../server/index.ts';
import type { Pipeline } from '../streams/index.ts';
import type { RunningPipeline, RunPipelineOptions } from './running-pipeline.ts';

export interface BrokerOptions {
  /** Topics to make when they do not exist: name -> number of partitions. */
  readonly topics?: Readonly<Record<string, number>> | undefined;
  /** Broker settings by Kafka's names. */
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** 0 (default): any free one; it stays the same over restarts. */
  readonly port?: number | undefined;
  /** False: no socket, only `append` and `read`. */
  readonly listens?: boolean | undefined;
  readonly events?: EventSink | undefined;
}

/** What the host of the broker decides. */
export interface World {
  readonly environment: () => Environment;
  readonly storage?: Partial<StorageOptions>;
}

export interface Fault {
  readonly with: ErrorName;
  /** 1 when absent. */
  readonly times?: number | undefined;
}

/** A pipeline that runs inside the broker, also after a restart of the broker. */
interface Hosted {
  readonly pipeline: Pipeline;
  readonly programs: Programs | undefined;
  hosted: HostedPipeline;
}

const HOST = '127.0.0.1';

export class EmbeddedBroker implements AsyncDisposable {
  readonly #world: World;
  readonly #options: BrokerOptions;
  #server: Server | undefined;
  #port: number;
  readonly #pipelines = new Map<string, Hosted>();

  private constructor(world: World, options: BrokerOptions) {
    this.#world = world;
    this.#options = options;
    this.#port = options.port ?? 0;
  }

  /** Rejects as `startServer` does: ELOCKED, EADDRINUSE, JournalDamaged, ManifestDamaged. */
  static async start(world: World, options: BrokerOptions): Promise<EmbeddedBroker> {
    const broker = new EmbeddedBroker(world, options);
    await broker.restart();
    try {
      for (const [name, partitions] of Object.entries(options.topics ?? {}))
        if (!broker.#running.broker.image.find(name)) await broker.createTopic(name, partitions);
    } catch (error) {
      await broker.stop(); // nobody else has it
      throw error;
    }
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
    return `${HOST}:${this.#port}`;
  }

  /** Rejects when the disk failed and nothing more is acknowledged. */
  get failed(): Promise<never> {
    return this.#running.failed;
  }

  /** Durable when it resolves. Rejects with TOPIC_ALREADY_EXISTS. */
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

  /**
   * Runs a pipeline in this process, until it or the broker is stopped: it reads the broker's memory and commits in one frame. Its
   * steps run in the broker's thread: one that computes for long keeps clients waiting. What fails never ends the broker.
   */
  async run(pipeline: Pipeline, { programs }: RunPipelineOptions = {}): Promise<RunningPipeline> {
    const { name } = pipeline.settings;
    if (this.#pipelines.has(name)) throw new Error(`a pipeline '${name}' runs in this broker already`);
    const running = { pipeline, programs, hosted: await this.#host(pipeline, programs) };
    this.#pipelines.set(name, running);
    const stop = async () => {
      this.#pipelines.delete(name);
      await running.hosted.stop();
    };
    return {
      get ended() {
        return running.hosted.ended;
      },
      get: (step, key, options) => running.hosted.rows.get(step, key, options),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  }

  async #host(pipeline: Pipeline, programs: Programs | undefined): Promise<HostedPipeline> {
    const { HostedPipeline } = await import('../pipelines/index.ts'); // most brokers run none
    const { clock, events } = this.#running.broker;
    return new HostedPipeline(pipeline, {
      client: await this.logClient(),
      clock,
      events,
      programs,
      http: nodeHttp,
      spaceOf: nodeSpaceOf,
    });
  }

  /** This broker's log as pipelines see it, until its next stop. `instance`: who this is among the members of a group. */
  async logClient(instance = 'broker'): Promise<LogClient> {
    const { localLogClient } = await import('../pipelines/index.ts');
    return localLogClient(this.#running.broker, instance);
  }

  /** The next requests of this API are refused with this error. */
  fail(api: string, fault: Fault): void {
    this.#running.faults.plan(api, fault.with, fault.times ?? 1);
  }

  /** What clients were refused last, and why: for those that show an error code alone. */
  why(): RefusalReport {
    return this.#running.why();
  }

  /** Ends as kill -9 would: nothing flushed, nobody answered. */
  async kill(): Promise<void> {
    for (const { hosted } of this.#pipelines.values()) hosted.abandon();
    await this.#running.kill();
    this.#server = undefined;
  }

  /** Starts again on the same disk and port; a running broker is stopped properly first. */
  async restart(): Promise<void> {
    await this.stop();
    const settings = { ...this.#options.settings, listeners: `PLAINTEXT://${HOST}:${this.#port}` };
    this.#server = await startServer(this.#world.environment(), {
      settings: new Map(Object.entries(settings).map(([name, value]) => [name, String(value)])),
      events: this.#options.events ?? silent,
      storage: this.#world.storage,
      listens: this.#options.listens,
    });
    this.#port = this.#server.listeners[0]?.port ?? this.#port;
    for (const running of this.#pipelines.values())
      running.hosted = await this.#host(running.pipeline, running.programs);
  }

  /** Stops listening, lets answers leave, makes everything durable. */
  async stop(): Promise<void> {
    if (this.#server === undefined) return;
    await Promise.all(Array.from(this.#pipelines.values(), ({ hosted }) => hosted.stop()));
    await this.#server.stop();
    this.#server = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
