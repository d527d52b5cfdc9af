/**
 * Server: the wiring diagram. Builds every room from settings and an environment, in order, and takes them down in reverse.
 *
 *   folder -> partitions -> controller (metadata log) -> group coordinator -> broker -> connections
 */
import { type Deferred, deferred, type EventSink } from '../base/index.ts';
import {
  ADVERTISED,
  type Broker,
  BrokerConfigs,
  Dispatch,
  Faults,
  FetchSessions,
  HANDLERS,
  type RefusalReport,
  Refusals,
} from '../broker/index.ts';
import { Checks, DEFINITIONS, SCHEMAS } from '../checks/index.ts';
import { CONSUMER_OFFSETS, Controller, METADATA_TOPIC_ID, TRANSACTION_STATE } from '../cluster/index.ts';
import { isLoopback, isWildcard, type Listener, parseListeners } from '../config/index.ts';
import { GroupCoordinator, TransactionCoordinator } from '../coordinator/index.ts';
import type { DiskLock, Environment } from '../env/index.ts';
import {
  openStorage,
  type Partitions,
  type PinnedCheckpoint,
  read,
  type StorageOptions,
} from '../partition/index.ts';
import { fetchApi, joinGroupApi, type KafkaError, produceApi, syncGroupApi } from '../protocol/index.ts';
import { type RequestKind, RpcServer, TurnGate } from '../rpc/index.ts';
import { coordinatorPartition, transactionPartition } from './coordinator-partition.ts';
import { groupSettingsOf, rpcLimitsOf, storageOptionsOf, transactionSettingsOf } from './limits.ts';
import { LogAccess } from './log-access.ts';
import { shareOpen } from './open-share.ts';
import { PublishedDefinitions } from './published-definitions.ts';
import { type ServerStatus, statusOf } from './status.ts';
import { createInternalTopics, followMetadata, hostTopics } from './topics.ts';

export interface ServerOptions {
  /** Texts by Kafka's names: from flags, file, environment. Checked before. */
  readonly settings: ReadonlyMap<string, string>;
  readonly events: EventSink;
  /** Limits of the storage that a test wants smaller. */
  readonly storage?: Partial<StorageOptions> | undefined;
  /** False: no sockets at all, only the log in this process. */
  readonly listens?: boolean | undefined;
}

export interface ServedListener {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** So long clients are served while the end is prepared. */
const PREPARE_MS = 3_000;
/** So long those whose requests change something are waited for. */
const STOP_GRACE_MS = 5_000;

export class Server {
  readonly listeners: readonly ServedListener[];
  readonly log: LogAccess;
  readonly faults: Faults;
  /** Rejects when the disk failed: the program must end (74). */
  readonly failed: Promise<never>;
  readonly wasUnclean: boolean;
  readonly #parts: ServerParts;
  #stopping: Promise<void> | undefined;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.listeners = parts.listeners;
    this.log = new LogAccess(parts.broker);
    this.faults = parts.faults;
    this.failed = parts.failed.promise;
    this.failed.catch(() => {}); // heard by whoever asks; nobody asking is no second failure
    this.wasUnclean = parts.wasUnclean;
  }

  get broker(): Broker {
    return this.#parts.broker;
  }

  /** Topics that people made. */
  get topicCount(): number {
    return [...this.#parts.broker.image.topics].filter((topic) => !topic.isInternal).length;
  }

  /** Bytes of all partitions' segments and tails. */
  get bytes(): number {
    let bytes = 0;
    for (const partition of this.#parts.partitions.all())
      bytes += partition.log.bytes + partition.tail.unwrittenBytes;
    return bytes;
  }

  status(): Promise<ServerStatus> {
    return statusOf(this.#parts.broker, this);
  }

  /** What was refused last, and why. */
  why(): RefusalReport {
    return this.broker.refusals.report();
  }

  /** A checkpoint of now whose files stay until its release: what a backup copies. */
  pin(): Promise<PinnedCheckpoint> {
    return this.#parts.partitions.pin();
  }

  /**
   * Stops listening, lets answers leave, makes everything durable and marks the folder as cleanly closed. Once: who asks again
   * waits for the same end. What can be done before is done while clients are served, and their connections end last: the time in
   * which they are not served is short.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { rpc, groups, transactions, partitions, lock } = this.#parts;
    if (rpc.connectionCount > 0) await partitions.prepareClose(PREPARE_MS);
    await rpc.drain(STOP_GRACE_MS);
    transactions.close();
    groups.close();
    try {
      await partitions.close();
    } finally {
      await rpc.destroy();
    }
    await lock.release();
  }

  /** Ends like kill -9 would: nothing is flushed, nobody is answered. For tests. */
  kill(): Promise<void> {
    return abandon(this.#parts);
  }
}

/** Lets go of all that there is so far: nothing is flushed, nobody is answered, no timer runs on. */
async function abandon(
  parts: Pick<ServerParts, 'partitions' | 'lock'> & Partial<ServerParts>,
): Promise<void> {
  const { rpc, groups, transactions, partitions, lock } = parts;
  const letGo = partitions.abandon();
  await rpc?.destroy();
  transactions?.close();
  groups?.close();
  await letGo;
  await lock.release();
}

interface ServerParts {
  readonly broker: Broker;
  readonly partitions: Partitions;
  readonly groups: GroupCoordinator;
  readonly transactions: TransactionCoordinator;
  readonly rpc: RpcServer;
  readonly lock: DiskLock;
  readonly listeners: readonly ServedListener[];
  readonly faults: Faults;
  readonly failed: Deferred<never>;
  readonly wasUnclean: boolean;
}

/** Rejects with code ELOCKED (another process has the folder), EADDRINUSE, JournalDamaged, ManifestDamaged. */
export async function startServer(env: Environment, options: ServerOptions): Promise<Server> {
  const { events, settings } = options;
  const checks = new Checks(env.cpu);
  const boot = new BrokerConfigs(new Controller(env.clock).image, settings, checks);
  const listeners = parseListeners(boot.broker);
  const wished = { ...storageOptionsOf(boot.broker), ...options.storage };
  const open = shareOpen(
    env.openMax,
    { files: wished.openFilesMax, connections: boot.broker['max.connections'] },
    events,
  );
  const storage = { ...wished, openFilesMax: open.files };
  const { connections: connectionsPossible } = shareOpen(
    env.openMax,
    { files: open.files, connections: Number.POSITIVE_INFINITY },
    () => {},
  );
  const opened = await openStorage(env, events, storage, boot.partitionConfig(undefined));
  const { partitions, lock } = opened;
  const made: { groups?: GroupCoordinator; transactions?: TransactionCoordinator; rpc?: RpcServer } = {};
  try {
    const failed = deferred<never>();
    partitions.onFailed = (error: KafkaError) => failed.reject(error);
    const controller = new Controller(env.clock);
    await controller.load(partitions.host(METADATA_TOPIC_ID, 0, boot.partitionConfig(undefined)), read);
    const configs = new BrokerConfigs(controller.image, settings, checks); // not before: it keeps what it has read
    hostTopics(partitions, controller.image, configs);
    const published = {
      canonical: new PublishedDefinitions(DEFINITIONS, controller.image, partitions),
      schema: new PublishedDefinitions(SCHEMAS, controller.image, partitions),
    };
    checks.published = ({ kind, id }) => published[kind].find(id);
    const served: ServedListener[] = [];
    const groups = groupCoordinator(env, options, listeners, partitions, controller, configs);
    made.groups = groups;
    const transactions = transactionCoordinator(env, events, partitions, controller, configs, groups);
    made.transactions = transactions;
    const coordinators = { groups, transactions };
    const broker = assembleBroker(
      env,
      events,
      partitions,
      controller,
      configs,
      coordinators,
      checks,
      listeners,
      served,
    );
    followMetadata(partitions, controller, configs, groups);
    await createInternalTopics(broker);
    void groups.open(); // at once, so that groups are listed, and sessions of their members run, before anybody asks
    await transactions.open();
    await partitions.reserve.look();
    const faults = new Faults();
    const rpc = rpcServer(env, broker, faults, connectionsPossible);
    made.rpc = rpc;
    void partitions.upkeep.tend();
    void rpc.tend();
    if (options.listens !== false)
      for (const { name, host, port } of listeners)
        served.push({ name, ...(await rpc.listen(name, { host, port })) });
    return new Server({
      broker,
      partitions,
      groups,
      transactions,
      rpc,
      lock,
      listeners: served,
      faults,
      failed,
      wasUnclean: opened.wasUnclean,
    });
  } catch (error) {
    await abandon({ partitions, lock, ...made });
    throw error;
  }
}

function assembleBroker(
  env: Environment,
  events: EventSink,
  partitions: Partitions,
  controller: Controller,
  configs: BrokerConfigs,
  coordinators: Pick<Broker, 'groups' | 'transactions'>,
  checks: Checks,
  listeners: readonly Listener[],
  served: readonly ServedListener[],
): Broker {
  return {
    apis: ADVERTISED,
    clock: env.clock,
    random: env.random.fork('broker'),
    events,
    identity: {
      nodeId: configs.nodeId,
      clusterId: partitions.clusterId,
      endpoint: (name) => endpointOf(name, listeners, served),
    },
    image: controller.image,
    controller,
    partitions,
    ...coordinators,
    sessions: new FetchSessions(
      env.random.fork('fetch sessions'),
      configs.broker['max.incremental.fetch.session.cache.slots'],
    ),
    configs,
    checks,
    refusals: new Refusals(env.clock, (id) => controller.image.findById(id)?.name),
  };
}

/** What clients of this listener shall connect to: what is advertised, else where we listen. */
function endpointOf(name: string, listeners: readonly Listener[], served: readonly ServedListener[]) {
  const index = Math.max(
    0,
    listeners.findIndex((listener) => listener.name === name),
  );
  const { advertised, host, port } = listeners[index]!;
  if (advertised !== undefined)
    return { host: advertised.host, port: advertised.port || (served[index]?.port ?? port) };
  return { host: isWildcard(host) ? 'localhost' : host, port: served[index]?.port ?? port };
}

function groupCoordinator(
  env: Environment,
  options: ServerOptions,
  listeners: readonly Listener[],
  partitions: Partitions,
  controller: Controller,
  configs: BrokerConfigs,
): GroupCoordinator {
  const isAtHome =
    listeners.every((listener) => isLoopback(listener.host)) &&
    !options.settings.has('group.initial.rebalance.delay.ms');
  return new GroupCoordinator({
    clock: env.clock,
    random: env.random.fork('groups'),
    events: options.events,
    settings: groupSettingsOf(configs, isAtHome),
    topics: controller.image,
    retentionCheckMs: configs.broker['offsets.retention.check.interval.ms'],
    createPartitions: () => {
      const topic = controller.image.find(CONSUMER_OFFSETS)!;
      const all = Array.from(
        { length: topic.partitionCount },
        (_, index) => partitions.find(topic.id, index)!,
      );
      return Promise.resolve(all.map((partition) => coordinatorPartition(partition, env.clock)));
    },
  });
}

function transactionCoordinator(
  env: Environment,
  events: EventSink,
  partitions: Partitions,
  controller: Controller,
  configs: BrokerConfigs,
  groups: GroupCoordinator,
): TransactionCoordinator {
  const { clock } = env;
  const { image } = controller;
  return new TransactionCoordinator({
    clock,
    events,
    settings: transactionSettingsOf(configs.broker),
    expirationCheckMs: configs.broker['transaction.remove.expired.transaction.cleanup.interval.ms'],
    openPartitions: () => {
      const topic = image.find(TRANSACTION_STATE)!;
      const world = { clock, image, partitions, groups };
      return Array.from({ length: topic.partitionCount }, (_, index) =>
        transactionPartition(partitions.find(topic.id, index)!, world),
      );
    },
    newProducerId: () => controller.allocateProducerId(),
  });
}

/** Other requests than produce are small, unless they ask for thousands of things: one of those in each turn. */
const MUCH_WORK_BYTES_MIN = 16 * 1024;
const KINDS = new Map<number, RequestKind>([
  [produceApi.key, 'append'],
  [fetchApi.key, 'read'],
  [joinGroupApi.key, 'wait'],
  [syncGroupApi.key, 'wait'],
]);

/** `connectionsPossible`: so many the system lets us have, whatever the settings say. */
function rpcServer(env: Environment, broker: Broker, faults: Faults, connectionsPossible: number): RpcServer {
  const dispatch = new Dispatch(broker, HANDLERS, faults);
  const gate = new TurnGate(env.clock);
  const { configs } = broker;
  return new RpcServer({
    env,
    events: broker.events,
    limits: {
      ...rpcLimitsOf(configs.broker),
      // These may be changed while the broker runs.
      get connectionsMax() {
        return Math.min(connectionsPossible, configs.broker['max.connections']);
      },
      get connectionsPerHostMax() {
        return configs.broker['max.connections.per.ip'];
      },
    },
    gate: (frame) => {
      // Only produce brings data: everything else goes on while the journal makes room.
      if (frame.readInt16BE(0) === produceApi.key) return broker.partitions.whenReady(frame.length);
      return frame.length >= MUCH_WORK_BYTES_MIN ? gate.pass() : undefined;
    },
    refused: (host, reason) =>
      broker.refusals.ended({ address: host, clientId: null, api: undefined }, 'INVALID_REQUEST', reason),
    handle: (frame, connection) => dispatch.handle(frame, connection),
    kindOf: (frame) => KINDS.get(frame.readInt16BE(0)) ?? 'other',
  });
}
