/**
 * status: how a running broker is, in figures: what it holds, where its disk, journal and memory stand, what was set. Read from
 * what is known already: asking costs nothing and changes nothing.
 */
import { effectiveTopicConfig } from '../config/index.ts';
import type { Broker } from '../broker/index.ts';
import type { ServedListener } from './server.ts';

export interface ServerStatus {
  readonly clusterId: string;
  readonly nodeId: number;
  readonly listeners: readonly ServedListener[];
  /** False: it was killed, or lost power, and recovered at this start. */
  readonly wasStoppedCleanly: boolean;
  /** Topics that people made, and the broker's own. */
  readonly topics: number;
  readonly internalTopics: number;
  /** Of all topics. */
  readonly partitions: number;
  readonly groups: number;
  readonly disk: {
    /** Bytes of all partitions' segments, and of what waits for them in the journal. */
    readonly logBytes: number;
    readonly freeBytes: number;
    readonly totalBytes: number;
  };
  readonly journal: { readonly usedBytes: number; readonly fileBytes: number; readonly limitBytes: number };
  readonly checkpoint: {
    readonly isRunning: boolean;
    /** By the wall clock, milliseconds; absent: none yet in this life. */
    readonly finishedAt?: number | undefined;
    /** In memory, not yet in segments; durable in the journal. */
    readonly waitingBytes: number;
  };
  readonly dedupe: {
    /** Memory for the ids of topics that deduplicate, and how many they are. */
    readonly usedBytes: number;
    readonly limitBytes: number;
    readonly ids: number;
    /** Ids that were forgotten within their window since the start: the limit is too low. */
    readonly cutShort: number;
  };
  /** Settings that were given to the broker, by file, flag, environment or client. Secrets have no value. */
  readonly settings: readonly { readonly name: string; readonly value: string | null }[];
  /** What a topic without settings of its own keeps. */
  readonly keeps: Readonly<Record<(typeof KEEPS)[number], string>>;
}

const KEEPS = ['cleanup.policy', 'retention.ms', 'retention.bytes'] as const;

/** Rejects with COORDINATOR_LOAD_IN_PROGRESS while groups are being loaded. */
export async function statusOf(
  broker: Broker,
  world: {
    readonly listeners: readonly ServedListener[];
    readonly wasUnclean: boolean;
    readonly bytes: number;
  },
): Promise<ServerStatus> {
  const { partitions, image, configs, identity } = broker;
  const topics = [...image.topics];
  const [groups, space] = [
    await broker.groups.listGroups({ statesFilter: [], typesFilter: [] }),
    await partitions.space(),
  ];
  const defaults = effectiveTopicConfig(new Map(), configs.layers);
  return {
    clusterId: identity.clusterId,
    nodeId: identity.nodeId,
    listeners: world.listeners,
    wasStoppedCleanly: !world.wasUnclean,
    topics: topics.filter((topic) => !topic.isInternal).length,
    internalTopics: topics.filter((topic) => topic.isInternal).length,
    partitions: topics.reduce((sum, topic) => sum + topic.partitionCount, 0),
    groups: groups.length,
    disk: { logBytes: world.bytes, ...space },
    ...partitions.progress(),
    settings: configs
      .describeBroker(String(configs.nodeId))
      .filter(({ name, isDefault, synonyms }) => !isDefault && synonyms[0]?.name === name)
      .map(({ name, value }) => ({ name, value })),
    keeps: {
      'cleanup.policy': defaults['cleanup.policy'].join(','),
      'retention.ms': String(defaults['retention.ms']),
      'retention.bytes': String(defaults['retention.bytes']),
    },
  };
}
