/**
 * Synonyms: one setting under several names and in several layers, and which of them counts.
 *
 *   retention.ms of a topic < log.retention.ms < log.retention.minutes < log.retention.hours < the table's default
 *   each broker name:         one broker's change < change for all brokers < at the start (file, environment, flags)
 *
 * Invariants
 *   N1  names go before layers: log.retention.ms from the file beats log.retention.hours changed while running
 *   N2  the first entry of `synonymsOf...` is the one that counts
 */
import { brokerSettings } from './broker-settings.ts';
import { findSetting } from './settings.ts';

/** Where a value comes from, by DescribeConfigs' numbers. */
export const CONFIG_SOURCE = {
  topic: 1,
  dynamicBroker: 2,
  dynamicDefault: 3,
  static: 4,
  default: 5,
  clientMetrics: 7,
  group: 8,
} as const;
export type ConfigSource = (typeof CONFIG_SOURCE)[keyof typeof CONFIG_SOURCE];

/** What was set on the broker, as text, by layer. */
export interface BrokerLayers {
  readonly dynamicBroker: ReadonlyMap<string, string>;
  readonly dynamicDefault: ReadonlyMap<string, string>;
  readonly static: ReadonlyMap<string, string>;
}

export interface Synonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: ConfigSource;
}

const HOUR = 3_600_000;
const MINUTE = 60_000;
type Chain = readonly (readonly [brokerName: string, milliseconds: number])[];

const TIMES: Readonly<Record<string, Chain>> = {
  'log.retention.ms': [
    ['log.retention.ms', 1],
    ['log.retention.minutes', MINUTE],
    ['log.retention.hours', HOUR],
  ],
  'log.roll.ms': [
    ['log.roll.ms', 1],
    ['log.roll.hours', HOUR],
  ],
  'log.roll.jitter.ms': [
    ['log.roll.jitter.ms', 1],
    ['log.roll.jitter.hours', HOUR],
  ],
  'log.flush.interval.ms': [
    ['log.flush.interval.ms', 1],
    ['log.flush.scheduler.interval.ms', 1],
  ],
};

/** Topic setting -> the broker's name for its default. */
export const BROKER_NAMES: Readonly<Record<string, string>> = {
  'cleanup.policy': 'log.cleanup.policy',
  'compression.gzip.level': 'compression.gzip.level',
  'compression.lz4.level': 'compression.lz4.level',
  'compression.type': 'compression.type',
  'compression.zstd.level': 'compression.zstd.level',
  'delete.retention.ms': 'log.cleaner.delete.retention.ms',
  'file.delete.delay.ms': 'log.segment.delete.delay.ms',
  'flush.messages': 'log.flush.interval.messages',
  'flush.ms': 'log.flush.interval.ms',
  'gregor.flush': 'gregor.flush',
  'gregor.flush.interval.ms': 'gregor.flush.interval.ms',
  'index.interval.bytes': 'log.index.interval.bytes',
  'local.retention.bytes': 'log.local.retention.bytes',
  'local.retention.ms': 'log.local.retention.ms',
  'max.compaction.lag.ms': 'log.cleaner.max.compaction.lag.ms',
  'max.message.bytes': 'message.max.bytes',
  'message.timestamp.after.max.ms': 'log.message.timestamp.after.max.ms',
  'message.timestamp.before.max.ms': 'log.message.timestamp.before.max.ms',
  'message.timestamp.type': 'log.message.timestamp.type',
  'min.cleanable.dirty.ratio': 'log.cleaner.min.cleanable.ratio',
  'min.compaction.lag.ms': 'log.cleaner.min.compaction.lag.ms',
  'min.insync.replicas': 'min.insync.replicas',
  preallocate: 'log.preallocate',
  'remote.copy.lag.bytes': 'log.remote.copy.lag.bytes',
  'remote.copy.lag.ms': 'log.remote.copy.lag.ms',
  'retention.bytes': 'log.retention.bytes',
  'retention.ms': 'log.retention.ms',
  'segment.bytes': 'log.segment.bytes',
  'segment.index.bytes': 'log.index.size.max.bytes',
  'segment.jitter.ms': 'log.roll.jitter.ms',
  'segment.ms': 'log.roll.ms',
  'unclean.leader.election.enable': 'unclean.leader.election.enable',
};

/** What the broker says about a topic setting, as text in the topic's unit; undefined: it was not set. */
export function inheritedText(topicSetting: string, layers: BrokerLayers): string | undefined {
  for (const [name, milliseconds] of chainOf(BROKER_NAMES[topicSetting])) {
    const text = brokerText(name, layers);
    if (text !== undefined) return inMilliseconds(text, milliseconds);
  }
  return undefined;
}

/** A broker setting's text in the layer that counts; undefined: it was not set. */
export function brokerText(name: string, layers: BrokerLayers): string | undefined {
  return layers.dynamicBroker.get(name) ?? layers.dynamicDefault.get(name) ?? layers.static.get(name);
}

/** Every place where a broker setting (or one that stands in for it) has a value, the one that counts first. */
export function synonymsOfBroker(brokerName: string | undefined, layers: BrokerLayers): Synonym[] {
  return chainOf(brokerName).flatMap(([name]) => {
    const places: [string | null | undefined, ConfigSource][] = [
      [layers.dynamicBroker.get(name), CONFIG_SOURCE.dynamicBroker],
      [layers.dynamicDefault.get(name), CONFIG_SOURCE.dynamicDefault],
      [layers.static.get(name), CONFIG_SOURCE.static],
      [findSetting(brokerSettings, name)?.default, CONFIG_SOURCE.default],
    ];
    return places.flatMap(([value, source]) =>
      value === undefined || value === null ? [] : [{ name, value, source }],
    );
  });
}

function chainOf(brokerName: string | undefined): Chain {
  if (brokerName === undefined) return [];
  return TIMES[brokerName] ?? [[brokerName, 1]];
}

/** Negative times mean "for ever" and are not multiplied. */
function inMilliseconds(text: string, factor: number): string {
  if (factor === 1) return text;
  const value = BigInt(text);
  return String(value < 0n ? -1n : value * BigInt(factor));
}
