/** ConfigResource: what DescribeConfigs and its kin name by (type, name), found in the image, or refused as Kafka does. */
import {
  alterTexts,
  type Alteration,
  brokerSettings,
  checkGroupBounds,
  groupSettings,
  InvalidSetting,
  parseBrokerConfigs,
  parseGroupConfigs,
  parseTopicConfigs,
  type Settings,
  type SettingText,
  topicSettings,
} from '../config/index.ts';
import type { ConfigResource, MetadataRecord } from '../cluster/index.ts';
import { checkDeadLetterTopic, checkTopicName, RESOURCE_TYPES } from '../cluster/index.ts';
import { errorCode, KafkaError } from '../protocol/index.ts';
import type { Broker } from './broker.ts';

const BROKER_LOGGER = 8;
const CLIENT_METRICS = 16;

export interface FoundResource {
  readonly kind: ConfigResource;
  readonly name: string;
  /** What was set on it. */
  readonly overrides: ReadonlyMap<string, string>;
}

/** Throws UNKNOWN_TOPIC_OR_PARTITION, or INVALID_REQUEST for what is not here. */
export function findResource(
  broker: Pick<Broker, 'image' | 'identity'>,
  type: number,
  name: string,
): FoundResource {
  const kind = Object.entries(RESOURCE_TYPES).find(([, number]) => number === type)?.[0] as
    | ConfigResource
    | undefined;
  if (kind === undefined) {
    const what =
      type === BROKER_LOGGER
        ? 'log levels of a broker'
        : type === CLIENT_METRICS
          ? 'client metrics'
          : `resource type ${type}`;
    throw new KafkaError('INVALID_REQUEST', `${what}: not kept here`);
  }
  if (kind === 'broker' && name !== '' && name !== String(broker.identity.nodeId))
    throw new KafkaError(
      'INVALID_REQUEST',
      `broker '${name}' is not here; this is broker ${broker.identity.nodeId}`,
    );
  if (kind === 'topic') checkTopicName(name);
  if (kind === 'group' && name === '') throw new KafkaError('INVALID_REQUEST', 'a group has a name');
  const overrides = broker.image.configsOf(kind, name);
  if (overrides === undefined)
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `topic '${name}' does not exist`);
  return { kind, name, overrides };
}

/** How a resource is refused in an answer. */
export function refusedResource(
  error: unknown,
  { resourceType, resourceName }: { readonly resourceType: number; readonly resourceName: string },
) {
  const errorMessage = (error as KafkaError).explanation;
  return { errorCode: errorCode(error), errorMessage, resourceType, resourceName };
}

const SETTINGS: Readonly<Record<ConfigResource, Settings>> = {
  topic: topicSettings,
  broker: brokerSettings,
  group: groupSettings,
};

/** Checks all texts of a resource together: some settings bound each other. Throws InvalidSetting. */
function checked(
  { configs }: Pick<Broker, 'configs'>,
  { kind, name }: FoundResource,
  wanted: Iterable<SettingText>,
): Map<string, string> {
  if (kind === 'topic') {
    const texts = parseTopicConfigs(wanted);
    checkDeadLetterTopic(name, texts);
    return texts;
  }
  if (kind === 'broker') return parseBrokerConfigs(wanted, name === '' ? 'cluster-wide' : 'per-broker');
  const texts = parseGroupConfigs(wanted);
  checkGroupBounds(texts, configs.layers);
  return texts;
}

/** The records of an incremental change: all operations of one resource, or INVALID_CONFIG. */
export function alterIncrementally(
  broker: Pick<Broker, 'configs'>,
  resource: FoundResource,
  alterations: readonly Alteration[],
): MetadataRecord[] {
  return refusedAs(resource.kind, () => {
    const current = (name: string) => resource.overrides.get(name) ?? describedValue(broker, resource, name);
    const altered = alterTexts(SETTINGS[resource.kind], current, alterations);
    const result = new Map(resource.overrides);
    for (const [name, value] of altered) {
      if (value === null) result.delete(name);
      else result.set(name, value);
    }
    checked(broker, resource, texts(result));
    return [...altered].map(([name, value]) => record(resource, name, value));
  });
}

/** The records that replace everything that was set on it. */
export function replaceAll(
  broker: Pick<Broker, 'configs'>,
  resource: FoundResource,
  wanted: readonly { name: string; value: string | null }[],
): MetadataRecord[] {
  return refusedAs(resource.kind, () => {
    const texts = checked(broker, resource, wanted);
    const gone = [...resource.overrides.keys()].filter((name) => !texts.has(name));
    return [
      ...gone.map((name) => record(resource, name, null)),
      ...[...texts].map(([name, value]) => record(resource, name, value)),
    ];
  });
}

function describedValue(
  broker: Pick<Broker, 'configs'>,
  resource: FoundResource,
  name: string,
): string | undefined {
  const described =
    resource.kind === 'topic'
      ? broker.configs.describeTopic(resource.overrides)
      : resource.kind === 'broker'
        ? broker.configs.describeBroker(String(resource.name))
        : broker.configs.describeGroup(resource.name);
  return described.find((setting) => setting.name === name)?.value ?? undefined;
}

function record(resource: FoundResource, name: string, value: string | null): MetadataRecord {
  return { kind: 'config', resourceType: resource.kind, resourceName: resource.name, name, value };
}

function texts(overrides: ReadonlyMap<string, string>): SettingText[] {
  return [...overrides].map(([name, value]) => ({ name, value }));
}

/** A setting that is refused is INVALID_CONFIG (a broker's: INVALID_REQUEST, as in Kafka), with the reason in its message. */
function refusedAs<T>(kind: ConfigResource, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof InvalidSetting)
      throw new KafkaError(kind === 'broker' ? 'INVALID_REQUEST' : 'INVALID_CONFIG', error.message, {
        cause: error,
      });
    throw error;
  }
}
