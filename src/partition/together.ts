/**
 * Together: batches of several partitions, admitted as a client's are, and batches of the broker's own, in one frame: all become
 * durable and readable in one turn, or none ever does.
 *
 * Nothing that asks for more than admission can come along: a check takes time, and what deduplicates changes its batch. Whoever
 * writes to such a topic takes a transaction.
 */
import { assert } from '../base/index.ts';
import type { Frame } from '../journal/index.ts';
import { admit } from './admission.ts';
import type { Partition } from './partition.ts';
import type { Partitions } from './partitions.ts';
import { type OwnBatch, placeTogether } from './placement.ts';

export interface ClientBatch {
  readonly partition: Partition;
  /** One batch without a producer. */
  readonly records: Buffer;
}

/** Undefined: no frame holds so much, nothing was done. Throws a definite KafkaError when something was refused. */
export function appendTogether(
  partitions: Partitions,
  batches: readonly ClientBatch[],
  own: readonly OwnBatch[],
  now: number,
): Frame | undefined {
  if (partitions.reserve.full !== undefined) throw partitions.reserve.full;
  const admitted = batches.map(({ partition, records }) => {
    assert(!partition.isChecked && partition.config.dedupe === undefined, 'a batch that must wait');
    return { partition, bytes: admit(records, partition.config, now).bytes };
  });
  const group = [...admitted, ...own];
  const size = group.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (!partitions.journal.fitsOneFrame(size, group.length)) return undefined;
  return placeTogether(partitions.journal, group, now);
}
