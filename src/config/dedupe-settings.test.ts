import assert from 'node:assert/strict';
import test from 'node:test';
import { InvalidSetting } from './settings.ts';
import { parseTopicConfigs } from './topic-settings.ts';

const parse = (texts: Record<string, string>) =>
  parseTopicConfigs(Object.entries(texts).map(([name, value]) => ({ name, value })));
const refusal = (texts: Record<string, string>) => {
  try {
    parse(texts);
  } catch (error) {
    if (error instanceof InvalidSetting) return error.message;
    throw error;
  }
  return 'accepted';
};

test('what identifies a record is its key, its value, or a header with a name', () => {
  for (const by of ['none', 'key', 'value', 'header:order-id', 'header:a:b'])
    assert.equal(parse({ 'gregor.dedupe.by': by }).get('gregor.dedupe.by'), by);
  assert.equal(
    refusal({ 'gregor.dedupe.by': 'keys' }),
    "Invalid value 'keys' for gregor.dedupe.by: not one of none, key, value, header:NAME",
  );
  assert.match(
    refusal({ 'gregor.dedupe.by': 'header:' }),
    /needs the name of a header, as in header:order-id/,
  );
});

test('windows have bounds, and -1 takes the bound of the count away', () => {
  assert.equal(refusal({ 'gregor.dedupe.window.count': '-1' }), 'accepted');
  assert.match(refusal({ 'gregor.dedupe.window.count': '0' }), /must be at least 1, or -1/);
  assert.match(refusal({ 'gregor.dedupe.window.ms': '0' }), /must be at least 1/);
  assert.match(refusal({ 'gregor.dedupe.missing': 'drop' }), /not one of accept, reject/);
});

test('what would lose records is refused, and says what to do', () => {
  const compacted = { 'cleanup.policy': 'compact' };
  assert.match(refusal({ ...compacted, 'gregor.dedupe.by': 'key' }), /name an id with header:NAME/);
  assert.equal(refusal({ ...compacted, 'gregor.dedupe.by': 'header:id' }), 'accepted');
  const deadLetters = { 'gregor.canonical.reject': 'deadletter' };
  assert.match(refusal({ ...deadLetters, 'gregor.dedupe.by': 'value' }), /cannot both be set/);
});
