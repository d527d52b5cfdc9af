/** No setting may look alive: each is read somewhere, or DescribeConfigs says that it has no effect here. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { brokerSettings, groupSettings, type Settings, topicSettings } from './index.ts';
import { BROKER_NAMES } from './synonyms.ts';

const root = path.join(import.meta.dirname, '..');
/** The tables themselves, and what connects their names, read nothing. */
const TABLES = /^config\/(broker\/|topic-settings|group-settings|synonyms)/;
const code = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(path.sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !TABLES.test(file))
  .map((file) => readFileSync(path.join(root, file), 'utf8'))
  .join('\n');
const isRead = (name: string) => code.includes(`'${name}'`) || code.includes(`.${name}`);

/** Older names in other units, which synonyms.ts converts into the newest one. */
const CONVERTED: Readonly<Record<string, string>> = {
  'log.retention.hours': 'retention.ms',
  'log.retention.minutes': 'retention.ms',
  'log.roll.hours': 'segment.ms',
  'log.roll.jitter.hours': 'segment.jitter.ms',
};

/** A broker setting may count only as the default of a topic's or a group's. */
function countsAs(name: string): string[] {
  const topics = Object.entries(BROKER_NAMES).filter(([, broker]) => broker === name);
  const group = name.startsWith('group.') ? [name.slice('group.'.length)] : [];
  return [name, ...topics.map(([topic]) => topic), ...group, ...(CONVERTED[name] ? [CONVERTED[name]] : [])];
}

const tables: Readonly<Record<string, Settings>> = {
  topic: topicSettings,
  broker: brokerSettings,
  group: groupSettings,
};
for (const [kind, settings] of Object.entries(tables))
  test(`${kind} settings: each is read, or marked as without effect`, () => {
    const names = Object.keys(settings);
    const dead = names.filter((name) => settings[name]!.hasEffect && !countsAs(name).some(isRead));
    assert.deepEqual(dead, [], 'read them, or mark them with hasEffect: false');
    const alive = names.filter((name) => !settings[name]!.hasEffect && isRead(name));
    assert.deepEqual(alive, [], 'they are read: do not mark them as without effect');
  });
