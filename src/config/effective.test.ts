import assert from 'node:assert/strict';
import test from 'node:test';
import {
  alterTexts,
  type BrokerLayers,
  brokerSettings,
  describeBroker,
  describeBrokerDefaults,
  describeGroup,
  describeTopic,
  effectiveBrokerConfig,
  effectiveGroupConfig,
  effectiveTopicConfig,
  LONG_MAX,
  NO_LAYERS,
  parseBrokerConfigs,
  topicSettings,
} from './index.ts';

const layers = (set: Partial<Record<keyof BrokerLayers, Record<string, string>>>): BrokerLayers => ({
  dynamicBroker: new Map(Object.entries(set.dynamicBroker ?? {})),
  dynamicDefault: new Map(Object.entries(set.dynamicDefault ?? {})),
  static: new Map(Object.entries(set.static ?? {})),
});
const none = new Map<string, string>();

test('a topic that sets nothing has Kafka’s defaults, as typed values', () => {
  const config = effectiveTopicConfig(none);
  const bytes: number = config['segment.bytes'];
  const policies: readonly string[] = config['cleanup.policy'];
  assert.equal(bytes, 1_073_741_824);
  assert.deepEqual(policies, ['delete']);
  assert.equal(config['internal.segment.bytes'], null);
  assert.equal(config['flush.ms'], Number.MAX_SAFE_INTEGER);
});

test('a topic’s own value beats the broker’s, and the broker’s beats the default', () => {
  const broker = layers({ static: { 'log.segment.bytes': '2000000', 'message.max.bytes': '5' } });
  const config = effectiveTopicConfig(new Map([['segment.bytes', '3000000']]), broker);
  assert.equal(config['segment.bytes'], 3_000_000);
  assert.equal(config['max.message.bytes'], 5);
});

test('retention may be set in hours, minutes or milliseconds, and the finest unit counts', () => {
  const retention = (set: BrokerLayers) => effectiveTopicConfig(none, set)['retention.ms'];
  assert.equal(retention(layers({ static: { 'log.retention.hours': '2' } })), 7_200_000);
  assert.equal(
    retention(layers({ static: { 'log.retention.hours': '2', 'log.retention.minutes': '3' } })),
    180_000,
  );
  assert.equal(retention(layers({ static: { 'log.retention.ms': '7', 'log.retention.minutes': '3' } })), 7);
  assert.equal(retention(layers({ static: { 'log.retention.hours': '-1' } })), -1);
  assert.equal(
    retention(layers({ static: { 'log.retention.ms': '7' }, dynamicBroker: { 'log.retention.ms': '8' } })),
    8,
  );
});

test('a changed broker setting beats the change for all brokers, which beats the start', () => {
  const value = (set: BrokerLayers) => effectiveBrokerConfig(set)['max.connections'];
  const set = { static: { 'max.connections': '1' }, dynamicDefault: { 'max.connections': '2' } };
  assert.equal(value(layers(set)), 2);
  assert.equal(value(layers({ ...set, dynamicBroker: { 'max.connections': '3' } })), 3);
});

test('a group takes what the broker says about all groups', () => {
  const set = layers({ static: { 'group.consumer.session.timeout.ms': '50000' } });
  assert.equal(effectiveGroupConfig(none, set)['consumer.session.timeout.ms'], 50_000);
  const entry = describeGroup(none, set).find(({ name }) => name === 'consumer.session.timeout.ms')!;
  assert.deepEqual([entry.value, entry.source], ['50000', 4]);
});

test('the largest long is shown digit for digit', () => {
  const entry = describeTopic(none, NO_LAYERS).find(({ name }) => name === 'flush.messages')!;
  assert.equal(entry.value, LONG_MAX);
  assert.equal(entry.value, '9223372036854775807');
});

test('describing a topic tells where a value comes from, and what would count without it', () => {
  const set = layers({ static: { 'log.retention.hours': '2' }, dynamicDefault: { 'log.retention.ms': '5' } });
  const entry = describeTopic(new Map([['retention.ms', '1']]), set).find(
    ({ name }) => name === 'retention.ms',
  )!;
  assert.deepEqual(entry.synonyms, [
    { name: 'retention.ms', value: '1', source: 1 },
    { name: 'log.retention.ms', value: '5', source: 3 },
    { name: 'log.retention.hours', value: '2', source: 4 },
    { name: 'log.retention.hours', value: '168', source: 5 },
  ]);
  assert.deepEqual(
    [entry.value, entry.source, entry.isDefault, entry.isReadOnly, entry.type],
    ['1', 1, false, false, 5],
  );
  const inherited = describeTopic(none, set).find(({ name }) => name === 'retention.ms')!;
  assert.deepEqual([inherited.value, inherited.source], ['5', 3]);
});

test('an internal setting is shown only where it is set', () => {
  const isShown = (overrides: Map<string, string>) =>
    describeTopic(overrides, NO_LAYERS).some(({ name }) => name === 'internal.segment.bytes');
  assert.equal(isShown(none), false);
  assert.equal(isShown(new Map([['internal.segment.bytes', '100']])), true);
});

test('describing a broker never shows a secret', () => {
  const entry = describeBroker(layers({ static: { 'ssl.key.password': 'hunter2' } })).find(
    ({ name }) => name === 'ssl.key.password',
  )!;
  assert.equal(entry.value, null);
  assert.equal(entry.isSensitive, true);
  assert.doesNotMatch(JSON.stringify(entry), /hunter2/);
});

test('a broker shows what can be changed while it runs', () => {
  const entries = new Map(describeBroker(NO_LAYERS).map((entry) => [entry.name, entry]));
  assert.equal(entries.get('log.retention.ms')!.isReadOnly, false);
  assert.equal(entries.get('gregor.flush')!.isReadOnly, true);
  assert.match(entries.get('num.io.threads')!.documentation, /nothing depends on it here/);
  assert.deepEqual(describeBrokerDefaults(NO_LAYERS), []);
});

test('a setting of the start cannot be changed on a running broker', () => {
  const change = (name: string, value: string, scope: 'per-broker' | 'cluster-wide') => () =>
    parseBrokerConfigs([{ name, value }], scope);
  assert.throws(change('node.id', '3', 'per-broker'), /gregor start --set node.id=/);
  assert.throws(change('advertised.listeners', 'A://b:1', 'per-broker'), /gregor start --set/);
  assert.throws(change('listeners', 'A://b:1', 'cluster-wide'), /belongs to one broker/);
  assert.doesNotThrow(change('log.retention.ms', '3', 'cluster-wide'));
});

test('lists can be grown and shrunk, other settings only set and deleted', () => {
  const current = (name: string) => ({ 'cleanup.policy': 'delete' })[name];
  const alter = (operation: 'set' | 'delete' | 'append' | 'subtract', name: string, value: string | null) =>
    alterTexts(topicSettings, current, [{ name, operation, value }]).get(name);
  assert.equal(alter('append', 'cleanup.policy', 'compact'), 'delete,compact');
  assert.equal(alter('append', 'cleanup.policy', 'delete'), 'delete');
  assert.equal(alter('subtract', 'cleanup.policy', 'delete'), '');
  assert.equal(alter('delete', 'retention.ms', null), null);
  assert.equal(alter('set', 'retention.ms', '5'), '5');
  assert.throws(() => alter('append', 'retention.ms', '5'), /not a list/);
  assert.throws(() => alter('set', 'retention.ms', null), /needs a value/);
});

test('every row is documented with one sentence', () => {
  for (const [name, { doc }] of Object.entries({ ...brokerSettings, ...topicSettings }))
    assert.match(doc, /^\S.*\.$/s, name);
});
