import assert from 'node:assert/strict';
import test from 'node:test';
import { NOTHING_WRITTEN, PRODUCE_CERTAINTY, produceCertainty } from './produce-certainty.ts';

test('D4: an error that the table does not know is never called definite', () => {
  assert.equal(produceCertainty('NETWORK_EXCEPTION'), 'indefinite');
  assert.equal(produceCertainty('UNKNOWN_SERVER_ERROR'), 'indefinite');
});

test('D4: a storage error is definite only where the broker says that nothing was written', () => {
  assert.equal(PRODUCE_CERTAINTY.KAFKA_STORAGE_ERROR, 'indefinite');
  assert.equal(produceCertainty('KAFKA_STORAGE_ERROR', 'the journal’s disk failed: EIO'), 'indefinite');
  assert.equal(produceCertainty('KAFKA_STORAGE_ERROR', `no space is left; ${NOTHING_WRITTEN}`), 'definite');
});

test('D4: a duplicate is success, not failure', () => {
  assert.equal(produceCertainty('DUPLICATE_SEQUENCE_NUMBER'), 'appended');
});
