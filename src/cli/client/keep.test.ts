import assert from 'node:assert/strict';
import test from 'node:test';
import { flushText, keepConfigs, keepText } from './keep.ts';

const textOf = (configs: Record<string, string>) => keepText(new Map(Object.entries(configs)));

test('what people say becomes both settings', () => {
  assert.deepEqual(keepConfigs('forever'), { 'retention.ms': '-1', 'retention.bytes': '-1' });
  assert.deepEqual(keepConfigs('30d'), { 'retention.ms': '2592000000', 'retention.bytes': '-1' });
  assert.deepEqual(keepConfigs('1.5 h'), { 'retention.ms': '5400000', 'retention.bytes': '-1' });
  assert.deepEqual(keepConfigs('10GiB'), { 'retention.ms': '-1', 'retention.bytes': '10737418240' });
  for (const text of ['', '7', 'd', '-1d', '0d', '10GB', 'for ever', '99999999999w', '1e3d'])
    assert.throws(() => keepConfigs(text), /--keep .*: say forever, a time/, text);
});

test('the line says what makes records go, whatever it is', () => {
  const ending = '; --keep forever to make it a source of truth';
  assert.equal(
    textOf({ 'cleanup.policy': 'delete', 'retention.ms': '604800000', 'retention.bytes': '-1' }),
    `keeps 7 days (retention.ms)${ending}`,
  );
  assert.equal(textOf({ 'retention.ms': '-1', 'retention.bytes': '-1' }), 'keeps everything, forever');
  assert.equal(textOf({ 'cleanup.policy': '', 'retention.ms': '1' }), 'keeps everything, forever');
  assert.equal(
    textOf({ 'retention.ms': '3600000', 'retention.bytes': '1000000' }),
    `keeps 1 hour (retention.ms) or 1.0 MB in each partition (retention.bytes)${ending}`,
  );
  assert.equal(
    textOf({ 'retention.ms': '-1', 'retention.bytes': '10737418240' }),
    `keeps 10 GiB in each partition (retention.bytes)${ending}`,
  );
  assert.equal(
    textOf({ 'cleanup.policy': 'compact', 'retention.ms': '1' }),
    'keeps the last record of each key (cleanup.policy)',
  );
  assert.equal(
    textOf({ 'cleanup.policy': 'compact,delete', 'retention.ms': '90061' }),
    `keeps the last record of each key (cleanup.policy), 90061 ms (retention.ms)${ending}`,
  );
});

test('acknowledgements that are worth less say so', () => {
  assert.equal(flushText(new Map()), undefined);
  assert.equal(flushText(new Map([['gregor.flush', 'ack']])), undefined);
  assert.match(flushText(new Map([['gregor.flush', 'os']]))!, /gregor\.flush=os.*newest records; kill -9/);
  const interval = new Map([
    ['gregor.flush', 'interval'],
    ['gregor.flush.interval.ms', '500'],
  ]);
  assert.match(flushText(interval)!, /at most 500 ms of them/);
});
