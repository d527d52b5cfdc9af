import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment } from '../env/memory/index.ts';
import type { Partition } from '../partition/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { Controller } from './controller.ts';

test('I1: no producer id is given from a block that was never written', async () => {
  let isFull = true;
  const log = {
    logStartOffset: 0,
    highWatermark: 0,
    pendingFrame: undefined,
    appendOwn() {
      if (isFull) throw new KafkaError('KAFKA_STORAGE_ERROR', 'no space');
      return { baseOffset: 0, lastOffset: 0, logAppendTimeMs: -1, frame: undefined };
    },
  } as unknown as Partition;
  const controller = new Controller(memoryEnvironment().clock);
  await controller.load(log, () => Promise.resolve([]));
  for (let n = 0; n < 3; n++)
    await assert.rejects(controller.allocateProducerId(), { errorName: 'KAFKA_STORAGE_ERROR' });
  isFull = false;
  assert.deepEqual([await controller.allocateProducerId(), await controller.allocateProducerId()], [0, 1]);
});
