import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { pipelineOfText } from 'gregor/pipeline-text';
import { runCase } from 'gregor/streams';
import orders from './orders.ts';

test('versions come out once and in order, from whichever partition; what cannot be read is a dead letter', () => {
  const driver = orders.test({ partitions: { 'orders.raw': 2 } });
  const write = (partition: number, version: number) =>
    driver.write('orders.raw', { value: { id: 'a', version }, partition });
  write(0, 2);
  write(1, 1);
  driver.crash();
  write(1, 2);
  write(0, 3);
  driver.write('orders.raw', { value: '{"id":' });
  assert.deepEqual(
    driver.values('orders').map((value) => (value as { version: number }).version),
    [1, 2, 3],
  );
  assert.equal(driver.read('orders.dead').length, 1);
});

test('the YAML says the same, and its tests hold', () => {
  const text = readFileSync(path.join(import.meta.dirname, 'orders.yaml'), 'utf8');
  const { pipeline, tests } = pipelineOfText(text, 'orders.yaml');
  assert.deepEqual(
    pipeline.layout.topics.map(({ name }) => name),
    orders.layout.topics.map(({ name }) => name),
  );
  assert.ok(tests.length > 0);
  for (const one of tests) assert.deepEqual(runCase(pipeline, one), [], one.name);
});
