/** A partition of the log as the memory of a coordinator. */
import type { CoordinatorPartition } from '../coordinator/index.ts';
import type { Clock } from '../env/index.ts';
import { type Partition, read } from '../partition/index.ts';
import { forEachBatch } from '../protocol/index.ts';

const LOAD_BYTES = 1024 * 1024;
const DURABLE = Promise.resolve();

export function coordinatorPartition(partition: Partition, clock: Clock): CoordinatorPartition {
  return {
    index: partition.index,
    append: (batch) => ({ durable: partition.appendOwn(batch, clock.now()).frame?.durable ?? DURABLE }),
    readAll: async (onBatches) => {
      for (let offset = partition.logStartOffset; offset < partition.highWatermark; )
        for (const bytes of await read(partition, offset, LOAD_BYTES, 'read_uncommitted')) {
          onBatches(bytes);
          forEachBatch(bytes, (batch) => {
            offset = batch.lastOffset + 1;
          });
        }
    },
  };
}
