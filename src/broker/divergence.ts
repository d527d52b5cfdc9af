/**
 * Divergence: a reader that says in which epoch its last record was written learns where that epoch ended here, when its log
 * goes on beyond that or its epoch is none of ours (KIP-595). Consumers leave the epoch out.
 */
import type { Partition } from '../partition/index.ts';
import type { FetchPartition } from './fetch-session.ts';

export interface Divergence {
  readonly epoch: number;
  /** -1: there never was such an epoch here. */
  readonly endOffset: number;
}

/** Undefined: the two logs agree. */
export function divergence(partition: Partition, wanted: FetchPartition): Divergence | undefined {
  const { lastFetchedEpoch, fetchOffset } = wanted;
  if (lastFetchedEpoch < 0) return undefined;
  const { epochs, logEndOffset, leaderEpoch } = partition;
  const end = epochs.endOffsetFor(lastFetchedEpoch, logEndOffset, leaderEpoch);
  const agrees = end.endOffset >= fetchOffset && end.leaderEpoch === lastFetchedEpoch;
  return agrees ? undefined : { epoch: end.leaderEpoch, endOffset: end.endOffset };
}
