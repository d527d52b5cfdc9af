import assert from 'node:assert/strict';
import test from 'node:test';
import { brokerSettings, parseSetting, parseTopicConfigs, topicSettings } from './index.ts';
import { boolean, double, int, list, long, oneOf, size } from './setting.ts';

const refusal = (name: string, text: string) => {
  try {
    parseSetting({ ...brokerSettings, ...topicSettings }, 'topic', name, text);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

test('a refused value says the setting, the value and what would be right', () => {
  assert.equal(
    refusal('segment.bytes', '14'),
    "Invalid value '14' for segment.bytes: must be at least 1048576",
  );
  assert.equal(refusal('segment.bytes', '1e9'), "Invalid value '1e9' for segment.bytes: not a whole number");
  assert.equal(
    refusal('segment.bytes', '2147483648'),
    "Invalid value '2147483648' for segment.bytes: outside -2147483648 to 2147483647",
  );
  assert.equal(refusal('preallocate', 'yes'), "Invalid value 'yes' for preallocate: neither true nor false");
  assert.equal(
    refusal('message.timestamp.type', 'createtime'),
    "Invalid value 'createtime' for message.timestamp.type: not one of CreateTime, LogAppendTime",
  );
  assert.equal(
    refusal('cleanup.policy', 'delete,delete'),
    "Invalid value 'delete,delete' for cleanup.policy: 'delete' is there twice",
  );
  assert.equal(
    refusal('compression.gzip.level', '0'),
    "Invalid value '0' for compression.gzip.level: must be at least 1, or -1",
  );
  assert.equal(
    refusal('gregor.journal.bytes', '1MiB'),
    "Invalid value '1MiB' for gregor.journal.bytes: must be at least 67108864",
  );
  assert.equal(
    refusal('gregor.tail.bytes', '64 parsec'),
    "Invalid value '64 parsec' for gregor.tail.bytes: not a size; write bytes, or 64MiB, 2GiB",
  );
});

test('a mistyped name is answered with the one that was meant', () => {
  assert.equal(
    refusal('retension.ms', '1'),
    "Unknown topic setting 'retension.ms'; did you mean retention.ms?",
  );
  assert.equal(refusal('flavour', '1'), "Unknown topic setting 'flavour'");
  assert.equal(refusal('__proto__', '1'), "Unknown topic setting '__proto__'");
  assert.equal(refusal('constructor', '1'), "Unknown topic setting 'constructor'");
});

test('a secret is not repeated in a refusal', () => {
  const rows = {
    ...brokerSettings,
    'ssl.key.password': { ...brokerSettings['ssl.key.password'], parse: int(1, 'x').parse },
  };
  assert.throws(
    () => parseSetting(rows, 'broker', 'ssl.key.password', 'hunter2'),
    (error: Error) => !error.message.includes('hunter2'),
  );
});

test('values have the type of their row', () => {
  assert.equal(int(1, '').parse('-7'), -7);
  assert.equal(long(1, '').parse('9223372036854775807'), Number.MAX_SAFE_INTEGER);
  assert.equal(long(1, '').parse('9007199254740991'), Number.MAX_SAFE_INTEGER);
  assert.throws(() => long(1, '').parse('9223372036854775808'), /outside/);
  assert.equal(size('1', '').parse('64MiB'), 64 * 1024 * 1024);
  assert.equal(size('1', '').parse('123'), 123);
  assert.equal(double(0.5, '').parse('1e-3'), 0.001);
  assert.equal(boolean(false, '').parse('TRUE'), true);
  assert.deepEqual(list('', '').parse(' a , b '), ['a', 'b']);
  assert.deepEqual(list('', '').parse(''), []);
  assert.equal(oneOf(['a', 'b'], 'a', '').parse('b'), 'b');
  assert.throws(() => int(null, '', { max: 5 }).parse('6'), /at most 5/);
});

test('a default that its own row refuses is a bug of ours', () => {
  assert.throws(() => int(0, 'broken', { min: 1 }));
});

test('a topic may have no cleanup policy, and limits that contradict each other are refused', () => {
  assert.deepEqual([...parseTopicConfigs([{ name: 'cleanup.policy', value: '' }])], [['cleanup.policy', '']]);
  const lags = [
    { name: 'min.compaction.lag.ms', value: '10' },
    { name: 'max.compaction.lag.ms', value: '9' },
  ];
  assert.throws(() => parseTopicConfigs(lags), /must not be above/);
  assert.throws(
    () => parseTopicConfigs([{ name: 'remote.storage.enable', value: 'true' }]),
    /no remote storage/,
  );
  assert.throws(
    () => parseTopicConfigs([{ name: 'retention.ms', value: null }]),
    /retention.ms has no value/,
  );
  assert.throws(() => parseTopicConfigs([lags[0]!, lags[0]!]), /given twice/);
  assert.throws(
    () => parseTopicConfigs([{ name: 'message.format.version', value: '3.0' }]),
    /Unknown topic setting/,
  );
});
