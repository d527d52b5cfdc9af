/**
 * P16: bytes given to the disk for each byte produced: once with large requests, once with 16 KiB batches over 1,000 partitions.
 * Counted over the whole run, at the disk (nobody else may use it meanwhile) and behind a `sync`; what a later checkpoint writes is missing.
 * What Linux counts for a process is no measure of it: a block written into a page of a MiB that is in memory counts as the MiB.
 */
import type { Condition, Figure } from '../figure.ts';
import type { Outcome } from '../load/generate.ts';
import { JOURNAL_TWICE_MEBIBYTES, LARGE, MIDDLE } from '../loads.ts';
import { ProduceSide, type WholeRun } from '../produce-side.ts';
import { GREGOR, kafka } from '../server.ts';

const SMALL_BATCHES = '16 KiB over 1,000 partitions';
const LARGE_BATCHES = '1 MiB over 4 partitions';

export const p16: Figure = {
  id: 'P16',
  title: 'bytes written to the disk per byte produced',
  isSeries: true,
  conditions: [LARGE_BATCHES, SMALL_BATCHES].map((name): Condition => ({ name, pinned: true, seconds: 15 })),
  warmUpSeconds: 5,
  measures: [{ name: 'amplification', unit: 'bytes/byte' }],
  async open({ name }, tools) {
    const load =
      name === LARGE_BATCHES ? LARGE : { ...MIDDLE, partitions: 1000, connections: 10, isSpread: true };
    const bytesPerRecord = (outcome: Outcome) =>
      outcome.bytes / Math.max(1, outcome.requests) / load.recordsPerRequest;
    const options = {
      load,
      warmUpSeconds: 5,
      warmUpMebibytes: JOURNAL_TWICE_MEBIBYTES,
      isFresh: true,
      measures: (outcome: Outcome, { storedBytes }: WholeRun) => {
        if (Number.isNaN(storedBytes))
          throw new Error('the folder is on no disk whose writes Linux counts: --folder DIR');
        return { amplification: storedBytes / (outcome.acknowledgedRecords * bytesPerRecord(outcome)) };
      },
    };
    return {
      ours: new ProduceSide({ ...options, kind: GREGOR }, tools),
      peer: new ProduceSide({ ...options, kind: kafka() }, tools),
    };
  },
};
