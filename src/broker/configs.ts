/**
 * BrokerConfigs: settings as this broker sees them now: its own (file, flags), those changed while running, each topic's.
 *
 * The texts that were changed live in the metadata image; values are made from them when asked, and kept until a change.
 */
import { schemaOf } from './definitions.ts';
import {
  type BrokerConfig,
  type BrokerLayers,
  type DescribedSetting,
  describeBroker,
  describeBrokerDefaults,
  describeGroup,
  describeTopic,
  effectiveBrokerConfig,
  effectiveGroupConfig,
  effectiveTopicConfig,
  NO_LAYERS,
  overriddenTopicConfig,
  PARTITIONS_PER_TOPIC_LIMIT,
  type TopicConfig,
} from '../config/index.ts';
import { type ClusterImage, deadLetterTopicOf, type Topic, type TopicRules } from '../cluster/index.ts';
import type { ConsumerTerms } from '../groups/index.ts';
import type { Checks } from '../checks/index.ts';
import { type BatchCheck, openedBytesMax, type PartitionConfig } from '../partition/index.ts';

/** What CreateTopics and the like tell of one setting. */
export interface ToldSetting {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
}

const NOTHING_SET: ReadonlyMap<string, string> = new Map();
const CONSUMER_TERMS_MAX = 10_000;

export class BrokerConfigs {
  /** This broker's number, as clients see it. */
  readonly nodeId: number;
  readonly #image: ClusterImage;
  readonly #checks: Checks;
  /** From flags, file and environment. */
  readonly #static: ReadonlyMap<string, string>;
  #current: BrokerConfig | undefined;
  /** Of a topic without settings of its own. */
  #inherited: TopicConfig | undefined;
  #inheritedTold: readonly ToldSetting[] | undefined;
  readonly #consumerTerms = new Map<string, ConsumerTerms>();

  constructor(image: ClusterImage, statics: ReadonlyMap<string, string>, checks: Checks) {
    this.#image = image;
    this.#checks = checks;
    this.#static = statics;
    this.nodeId = nodeIdOf(statics);
  }

  /** Texts of all layers, the strongest first. */
  get layers(): BrokerLayers {
    return {
      dynamicBroker: this.#image.configsOf('broker', String(this.nodeId))!,
      dynamicDefault: this.#image.configsOf('broker', '')!,
      static: this.#static,
    };
  }

  /** The broker's settings that count now. */
  get broker(): BrokerConfig {
    return (this.#current ??= effectiveBrokerConfig(this.layers));
  }

  /** A broker setting was changed. */
  brokerChanged(): void {
    this.#current = undefined;
    this.#inherited = undefined;
    this.#inheritedTold = undefined;
    this.#consumerTerms.clear();
  }

  /** As it was given; one, because all partitions share a journal. */
  get logDirectory(): string {
    return (this.broker['log.dirs'] ?? this.broker['log.dir'])[0]!;
  }

  partitionConfig(topic: Topic | undefined): PartitionConfig {
    const config = this.#topicConfig(topic?.configs ?? NOTHING_SET);
    return {
      maxMessageBytes: config['max.message.bytes'],
      compression: config['compression.type'] === 'uncompressed' ? 'none' : config['compression.type'],
      timestampType: config['message.timestamp.type'],
      timestampBeforeMaxMs: config['message.timestamp.before.max.ms'],
      timestampAfterMaxMs: config['message.timestamp.after.max.ms'],
      compacted: config['cleanup.policy'].includes('compact'),
      segmentBytes: config['internal.segment.bytes'] ?? config['segment.bytes'],
      segmentMs: config['segment.ms'],
      segmentJitterMs: config['segment.jitter.ms'],
      indexIntervalBytes: config['index.interval.bytes'],
      flush: topic === undefined || topic.isInternal ? 'ack' : config['gregor.flush'],
      fetchIsolation: config['gregor.fetch.isolation'],
      producerExpirationMs: this.broker['producer.id.expiration.ms'],
      retention:
        topic === undefined || !config['cleanup.policy'].includes('delete')
          ? undefined
          : { retentionMs: config['retention.ms'], retentionBytes: config['retention.bytes'] },
      compaction:
        topic === undefined || !config['cleanup.policy'].includes('compact')
          ? undefined
          : {
              minCleanableRatio: config['min.cleanable.dirty.ratio'],
              minLagMs: config['min.compaction.lag.ms'],
              maxLagMs: config['max.compaction.lag.ms'],
              deleteRetentionMs: config['delete.retention.ms'],
            },
      dedupe: topic === undefined || topic.isInternal ? undefined : dedupeRule(config),
      fileDeleteDelayMs: config['file.delete.delay.ms'],
      check: topic === undefined || topic.isInternal ? undefined : this.#checkOf(topic, config),
    };
  }

  #topicConfig(overrides: ReadonlyMap<string, string>): TopicConfig {
    this.#inherited ??= effectiveTopicConfig(NOTHING_SET, this.layers);
    return overriddenTopicConfig(this.#inherited, overrides);
  }

  #checkOf(topic: Topic, config: TopicConfig): BatchCheck | undefined {
    const { 'gregor.schema': text, 'gregor.canonical': id } = config;
    if (text === '' && id === '') return undefined;
    const deadLetterTopic =
      config['gregor.canonical.reject'] === 'deadletter'
        ? deadLetterTopicOf(topic.name, config['gregor.canonical.dead.topic'])
        : undefined;
    return this.#checks.of(
      {
        topic: topic.name,
        definition: text === '' ? { kind: 'canonical', id } : schemaOf(text),
        deadLetterTopic,
      },
      openedBytesMax,
    );
  }

  isCompactedOnly(topic: Topic): boolean {
    const policy = this.#topicConfig(topic.configs)['cleanup.policy'];
    return policy.includes('compact') && !policy.includes('delete');
  }

  topicRules(): TopicRules {
    return {
      defaultPartitions: this.broker['num.partitions'],
      isReplicationStrict: this.broker['gregor.replication.factor'] === 'strict',
      nodeId: this.nodeId,
      partitionsMax: PARTITIONS_PER_TOPIC_LIMIT,
    };
  }

  autoCreateTopics(): boolean {
    return this.broker['auto.create.topics.enable'];
  }

  deleteTopicsEnabled(): boolean {
    return this.broker['delete.topic.enable'];
  }

  describeTopic(overrides: ReadonlyMap<string, string>): DescribedSetting[] {
    return describeTopic(overrides, this.layers);
  }

  /** `name` '' is the default of all brokers. */
  describeBroker(name: string): DescribedSetting[] {
    return name === '' ? describeBrokerDefaults(this.layers) : describeBroker(this.layers);
  }

  /** What holds for the members of a consumer group; cached, because every heartbeat asks. */
  consumerTerms(groupId: string): ConsumerTerms {
    const known = this.#consumerTerms.get(groupId);
    if (known !== undefined) return known;
    const config = effectiveGroupConfig(this.#image.groupConfigs.get(groupId) ?? NOTHING_SET, this.layers);
    const terms = {
      sessionTimeoutMs: config['consumer.session.timeout.ms'],
      heartbeatIntervalMs: config['consumer.heartbeat.interval.ms'],
      assignmentIntervalMs: config['consumer.assignment.interval.ms'],
    };
    if (this.#consumerTerms.size >= CONSUMER_TERMS_MAX) this.#consumerTerms.clear();
    this.#consumerTerms.set(groupId, terms);
    return terms;
  }

  /** A setting of a group was changed. */
  groupChanged(groupId: string): void {
    this.#consumerTerms.delete(groupId);
  }

  describeGroup(groupId: string): DescribedSetting[] {
    return describeGroup(this.#image.configsOf('group', groupId)!, this.layers);
  }

  describeTopicOverrides(overrides: ReadonlyMap<string, string>): readonly ToldSetting[] {
    return overrides.size === 0 ? (this.#inheritedTold ??= this.#told(overrides)) : this.#told(overrides);
  }

  #told(overrides: ReadonlyMap<string, string>): ToldSetting[] {
    return this.describeTopic(overrides).map(({ name, value, isReadOnly, source, isSensitive }) => ({
      name,
      value,
      readOnly: isReadOnly,
      configSource: source,
      isSensitive,
    }));
  }
}

/** `broker.id` is the older name, and loses against `node.id`. */
function nodeIdOf(statics: ReadonlyMap<string, string>): number {
  const config = effectiveBrokerConfig({ ...NO_LAYERS, static: statics });
  return !statics.has('node.id') && config['broker.id'] >= 0 ? config['broker.id'] : config['node.id'];
}

function dedupeRule(config: TopicConfig): PartitionConfig['dedupe'] {
  const by = config['gregor.dedupe.by'];
  if (by === 'none') return undefined;
  const count = config['gregor.dedupe.window.count'];
  return {
    by,
    windowMs: config['gregor.dedupe.window.ms'],
    windowCount: count === -1 ? Number.POSITIVE_INFINITY : count,
    missing: config['gregor.dedupe.missing'],
  };
}
