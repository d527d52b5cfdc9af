import assert from 'node:assert/strict';
import test from 'node:test';
import { effectiveBrokerConfig, JOURNAL_BYTES_MIN, NO_LAYERS } from '../config/index.ts';
import { journalOptionsOf, rpcLimitsOf } from './limits.ts';

const MEBIBYTE = 1024 * 1024;

test('the smallest journal that may be asked for has two files, each with room for more than the reserve', () => {
  for (const mebibytes of [JOURNAL_BYTES_MIN / MEBIBYTE, 65, 100, 144, 256, 512, 4096]) {
    const { fileBytes, limitBytes, reserveBytes, stepBytes } = journalOptionsOf(mebibytes * MEBIBYTE);
    assert.ok(2 * fileBytes <= limitBytes, `${mebibytes} MiB`);
    assert.equal(fileBytes % stepBytes, 0);
    assert.ok(fileBytes - reserveBytes >= 16 * MEBIBYTE);
  }
  assert.equal(journalOptionsOf(512 * MEBIBYTE).fileBytes, 128 * MEBIBYTE);
});

const limits = (texts: Record<string, string>) =>
  rpcLimitsOf(effectiveBrokerConfig({ ...NO_LAYERS, static: new Map(Object.entries(texts)) }));

test('connections.max.idle.ms=-1 closes no connection for its silence, as in Kafka', () => {
  assert.equal(limits({}).idleMs, 600_000);
  assert.equal(limits({ 'connections.max.idle.ms': '-1' }).idleMs, Number.POSITIVE_INFINITY);
});

test('queued.max.request.bytes=-1, Kafka’s default, is no bound of zero bytes', () => {
  const none = limits({}).requestBytesMax;
  assert.equal(none, 128 * MEBIBYTE);
  assert.equal(limits({ 'queued.max.request.bytes': '-1' }).requestBytesMax, none);
  assert.equal(limits({ 'queued.max.request.bytes': '2097152' }).requestBytesMax, 2 * MEBIBYTE);
});
