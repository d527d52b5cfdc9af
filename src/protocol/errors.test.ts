import assert from 'node:assert/strict';
import test from 'node:test';
import { KafkaError } from './errors.ts';

test('an error that is an answer does not walk the stack, and others still do', () => {
  const error = new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', 'no orders');
  assert.equal(error.stack, 'KafkaError: UNKNOWN_TOPIC_OR_PARTITION: no orders');
  assert.match(new Error('a fault').stack!, /\n {4}at /);
});
