/** Scripts: DescribeConfigs, IncrementalAlterConfigs, AlterConfigs. */
import {
  alterConfigsApi,
  describeConfigsApi,
  incrementalAlterConfigsApi,
} from '../../../src/protocol/index.ts';
import { ask, makeTopic, type Script, script } from '../script.ts';
import { alterConfigs, APPEND, BROKER, DELETE, describeConfigs, SET, SUBTRACT, TOPIC } from './requests.ts';

const GROUP = 32;

/** The settings of a topic, once one of them has this value. */
const shown = (topic: string, name: string, value: string) =>
  describeConfigs(TOPIC, topic, [name], 4, {
    until: ({ results }: { results: { configs: { value: string | null }[] }[] }) =>
      results[0]!.configs[0]!.value === value,
  } as never);

export const CONFIGS: readonly Script[] = [
  script('configs: all of a topic', (topic) => [
    makeTopic(topic, { configs: { 'retention.bytes': '1000' } }),
    describeConfigs(TOPIC, topic, null),
  ]),
  ...[1, 2, 3, 4].map((version) =>
    script(`configs: answer of v${version}`, (topic) => [
      makeTopic(topic, { configs: { 'retention.bytes': '1000' } }),
      describeConfigs(TOPIC, topic, ['retention.bytes', 'cleanup.policy', 'no.such.setting'], version),
      describeConfigs(TOPIC, topic, [], version),
    ]),
  ),
  script('configs: without synonyms, with documentation', (topic) => [
    makeTopic(topic),
    ask(describeConfigsApi, 4, {
      resources: [
        { resourceType: TOPIC, resourceName: topic, configurationKeys: ['retention.bytes', 'segment.bytes'] },
      ],
      includeSynonyms: false,
      includeDocumentation: true,
    }),
  ]),
  script('configs: of what is not there', (topic) => [
    describeConfigs(TOPIC, `${topic}-not`, null),
    describeConfigs(TOPIC, '', null),
    describeConfigs(TOPIC, '..', null),
    describeConfigs(BROKER, '77', []),
    describeConfigs(BROKER, 'one', []),
    describeConfigs(3, 'x', null),
    describeConfigs(0, 'x', null),
    describeConfigs(99, 'x', null),
  ]),
  script('configs: of the broker', () => [
    describeConfigs(BROKER, '1', [
      'num.partitions',
      'log.retention.ms',
      'log.segment.bytes',
      'message.max.bytes',
      'auto.create.topics.enable',
      'log.cleaner.threads',
      'max.connections',
      'compression.type',
      'ssl.keystore.password',
      'log.cleanup.policy',
      'default.replication.factor',
      'group.max.size',
      'offset.metadata.max.bytes',
      'fetch.max.bytes',
    ]),
    describeConfigs(BROKER, '', null),
  ]),
  script('configs: several resources, one twice', (topic) => [
    makeTopic(topic),
    ask(describeConfigsApi, 4, {
      resources: [
        { resourceType: TOPIC, resourceName: topic, configurationKeys: ['segment.ms'] },
        { resourceType: TOPIC, resourceName: `${topic}-not`, configurationKeys: null },
        { resourceType: TOPIC, resourceName: topic, configurationKeys: ['segment.ms', 'segment.ms'] },
      ],
    }),
  ]),
  script('alter configs: set and delete', (topic) => [
    makeTopic(topic),
    alterConfigs(TOPIC, topic, [
      [SET, 'retention.ms', '5000'],
      [SET, 'segment.ms', '6000'],
    ]),
    shown(topic, 'retention.ms', '5000'),
    alterConfigs(TOPIC, topic, [[DELETE, 'retention.ms', null]]),
    shown(topic, 'retention.ms', '-1'),
    alterConfigs(TOPIC, topic, [[DELETE, 'retention.ms', 'ignored']]),
    alterConfigs(TOPIC, topic, [[DELETE, 'no.such.setting', null]]),
    shown(topic, 'segment.ms', '6000'),
  ]),
  script('alter configs: lists', (topic) => [
    makeTopic(topic),
    alterConfigs(TOPIC, topic, [[APPEND, 'cleanup.policy', 'compact']]),
    shown(topic, 'cleanup.policy', 'delete,compact'),
    alterConfigs(TOPIC, topic, [[SUBTRACT, 'cleanup.policy', 'delete']]),
    shown(topic, 'cleanup.policy', 'compact'),
    alterConfigs(TOPIC, topic, [[APPEND, 'cleanup.policy', 'compact']]),
    alterConfigs(TOPIC, topic, [[SUBTRACT, 'cleanup.policy', 'delete']]),
    alterConfigs(TOPIC, topic, [[SUBTRACT, 'cleanup.policy', 'compact']]),
    alterConfigs(TOPIC, topic, [[APPEND, 'cleanup.policy', 'shred']]),
    alterConfigs(TOPIC, topic, [[APPEND, 'retention.ms', '1']]),
    alterConfigs(TOPIC, topic, [[SUBTRACT, 'retention.ms', '1']]),
  ]),
  script('alter configs: refused', (topic) => [
    makeTopic(topic),
    alterConfigs(TOPIC, topic, [[SET, 'retention.ms', 'soon']]),
    alterConfigs(TOPIC, topic, [[SET, 'no.such.setting', '1']]),
    alterConfigs(TOPIC, topic, [[SET, 'retention.ms', null]]),
    alterConfigs(TOPIC, topic, [[7, 'retention.ms', '1']]),
    alterConfigs(TOPIC, topic, [
      [SET, 'retention.ms', '1'],
      [SET, 'retention.ms', '2'],
    ]),
    alterConfigs(TOPIC, topic, [
      [SET, 'segment.ms', '1000'],
      [SET, 'retention.ms', 'soon'],
    ]),
    alterConfigs(TOPIC, `${topic}-not`, [[SET, 'retention.ms', '1']]),
    alterConfigs(TOPIC, '', [[SET, 'retention.ms', '1']]),
    alterConfigs(TOPIC, topic, []),
    alterConfigs(TOPIC, topic, [[SET, 'retention.ms', '9000']], true),
    describeConfigs(TOPIC, topic, ['retention.ms', 'segment.ms']),
  ]),
  script('alter configs: one resource twice, unknown types', (topic) => [
    makeTopic(topic),
    ask(incrementalAlterConfigsApi, 1, {
      resources: [1, 2].map((value) => ({
        resourceType: TOPIC,
        resourceName: topic,
        configs: [{ name: 'segment.ms', configOperation: SET, value: String(value * 1000) }],
      })),
    }),
    alterConfigs(3, 'x', [[SET, 'retention.ms', '1']]),
    alterConfigs(99, 'x', [[SET, 'retention.ms', '1']]),
  ]),
  script('alter configs: of the broker', (topic) => [
    makeTopic(topic),
    alterConfigs(BROKER, '', [[SET, 'log.segment.bytes', '20000000']]),
    shown(topic, 'segment.bytes', '20000000'),
    alterConfigs(BROKER, '1', [[SET, 'log.segment.bytes', '30000000']]),
    shown(topic, 'segment.bytes', '30000000'),
    describeConfigs(BROKER, '1', ['log.segment.bytes']),
    describeConfigs(BROKER, '', null),
    alterConfigs(BROKER, '1', [[DELETE, 'log.segment.bytes', null]]),
    alterConfigs(BROKER, '', [[DELETE, 'log.segment.bytes', null]]),
    shown(topic, 'segment.bytes', '1073741824'),
  ]),
  script('alter configs: of the broker, refused', () => [
    alterConfigs(BROKER, '1', [[SET, 'node.id', '5']]),
    alterConfigs(BROKER, '', [[SET, 'log.dirs', '/x']]),
    alterConfigs(BROKER, '1', [[SET, 'no.such.setting', '1']]),
    alterConfigs(BROKER, '1', [[SET, 'log.segment.bytes', 'large']]),
    alterConfigs(BROKER, '77', [[SET, 'log.segment.bytes', '20000000']]),
    alterConfigs(BROKER, 'one', [[SET, 'log.segment.bytes', '20000000']]),
    alterConfigs(BROKER, '', [[SET, 'listeners', 'PLAINTEXT://127.0.0.1:1']], true),
  ]),
  script('alter configs: the address that clients are told', () => [
    alterConfigs(BROKER, '1', [[SET, 'advertised.listeners', 'PLAINTEXT://127.0.0.1:1']], true),
    alterConfigs(BROKER, '', [[SET, 'advertised.listeners', 'PLAINTEXT://127.0.0.1:1']], true),
  ]),
  script('alter configs: of a group', (topic) => [
    alterConfigs(GROUP, topic, [[SET, 'consumer.session.timeout.ms', '50000']]),
    describeConfigs(GROUP, topic, null, 4, {
      until: ({ results }: { results: { configs: { value: string | null }[] }[] }) =>
        results[0]!.configs.some(({ value }) => value === '50000'),
    } as never),
    alterConfigs(GROUP, topic, [[SET, 'consumer.session.timeout.ms', '1']]),
    alterConfigs(GROUP, topic, [[SET, 'no.such.setting', '1']]),
    alterConfigs(GROUP, '', [[SET, 'consumer.session.timeout.ms', '50000']]),
  ]),
  script('alter configs: the older request', (topic) => {
    const replace = (
      configs: readonly { name: string; value: string | null }[],
      version = 2,
      validateOnly = false,
    ) =>
      ask(alterConfigsApi, version, {
        resources: [{ resourceType: TOPIC, resourceName: topic, configs }],
        validateOnly,
      });
    return [
      makeTopic(topic, { configs: { 'retention.bytes': '1000' } }),
      replace([{ name: 'segment.ms', value: '7000' }]),
      shown(topic, 'segment.ms', '7000'),
      describeConfigs(TOPIC, topic, ['retention.bytes']),
      replace([{ name: 'segment.ms', value: 'soon' }], 0),
      replace([{ name: 'segment.ms', value: null }], 1),
      replace([
        { name: 'segment.ms', value: '1' },
        { name: 'segment.ms', value: '2' },
      ]),
      replace([], 2, true),
      describeConfigs(TOPIC, topic, ['segment.ms']),
    ];
  }),
];
