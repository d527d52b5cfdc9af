/** Our tables against Kafka's own, where a copy of them is at hand. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { brokerSettings, groupSettings, type Settings, topicSettings } from './index.ts';
import { BROKER_NAMES } from './synonyms.ts';

interface KafkaSetting {
  readonly name: string;
  readonly type: string;
  readonly default: string | number | boolean | null;
  readonly internal: boolean;
  readonly brokerSynonym?: string | null;
}

const file = path.join(import.meta.dirname, '../../../shared/protocol/configs.json');
const skip = existsSync(file) ? false : 'no copy of Kafka’s tables here';
/** JSON.parse would round the longs. */
const tables = (): Record<string, KafkaSetting[]> =>
  JSON.parse(readFileSync(file, 'utf8').replaceAll(/: (\d{17,})/g, ': "$1"'));

/** Where ours differ on purpose: a loopback-only single broker with one journal. */
const OWN_DEFAULTS = new Set([
  'controller.listener.names',
  'group.coordinator.rebalance.protocols',
  'listeners',
  'log.dir',
  'log.cleaner.io.max.bytes.per.second',
  'metric.reporters',
  'node.id',
  'process.roles',
  'queued.max.request.bytes',
  'sasl.enabled.mechanisms',
]);

function differences(ours: Settings, theirs: readonly KafkaSetting[]): string[] {
  return theirs.flatMap(({ name, type, default: fallback }) => {
    const setting = ours[name];
    if (setting === undefined) return [];
    const expected = fallback === null ? null : String(fallback);
    const found: string[] = [];
    if (setting.type !== type.toLowerCase()) found.push(`${name}: ${setting.type}, Kafka has ${type}`);
    const isSame = setting.default === expected || Number(setting.default) === Number(expected);
    if (!OWN_DEFAULTS.has(name) && !isSame) found.push(`${name}=${setting.default}, Kafka has ${expected}`);
    return found;
  });
}

test('topic settings are Kafka’s, all of them, with its types, defaults and synonyms', { skip }, () => {
  const theirs = tables()['topic']!;
  const ours = Object.keys(topicSettings).filter((name) => !name.startsWith('gregor.'));
  assert.deepEqual(ours.sort(), theirs.map(({ name }) => name).sort());
  assert.deepEqual(differences(topicSettings, theirs), []);
  const synonyms = theirs
    .filter((row) => typeof row.brokerSynonym === 'string')
    .map((row) => [row.name, row.brokerSynonym]);
  const shared = Object.entries(BROKER_NAMES).filter(([name]) => !name.startsWith('gregor.'));
  assert.deepEqual(shared.sort(), synonyms.sort());
});

test('group settings are Kafka’s, all of them', { skip }, () => {
  const theirs = tables()['group']!;
  assert.deepEqual(Object.keys(groupSettings).sort(), theirs.map(({ name }) => name).sort());
  assert.deepEqual(differences(groupSettings, theirs), []);
});

test('broker settings that Kafka has too mean the same', { skip }, () => {
  const { topic: _, group: __, ...rest } = tables();
  const theirs = Object.values(rest).flat();
  assert.deepEqual(differences(brokerSettings, theirs), []);
  const unknown = Object.keys(brokerSettings).filter(
    (name) => !name.startsWith('gregor.') && !theirs.some((row) => row.name === name),
  );
  assert.deepEqual(unknown, []);
});
