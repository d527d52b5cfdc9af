/** What tests of the journal begin with: small files, and a batch for each number. */
import type { BatchEntry } from './entry.ts';
import type { JournalOptions } from './options.ts';

export const KIB = 1024;
export const OPTIONS: JournalOptions = {
  directory: 'journal',
  limitBytes: 1024 * KIB,
  fileBytes: 256 * KIB,
  stepBytes: 64 * KIB,
  frameTargetBytes: 32 * KIB,
  reserveBytes: 16 * KIB,
  sealAfterMs: 60_000,
};

export function entryOf(n: number): BatchEntry {
  return {
    kind: 'batch',
    topicId: 'ab'.repeat(16),
    partition: 3,
    leaderEpoch: 1,
    attributes: 0,
    baseOffset: n,
    lastOffset: n,
    producerId: 7,
    producerEpoch: 0,
    baseSequence: n,
    maxTimestamp: 1_700_000_000_000 + n,
    markerType: -1,
    coordinatorEpoch: -1,
  };
}
