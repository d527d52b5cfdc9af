/** O7: the leader epoch of batches never falls with the offset, and OffsetForLeaderEpoch says where each one ends. */
import type { CheckerKind } from './checker.ts';

export const leaderEpochs: CheckerKind = {
  promises: ['O7'],
  make(violated) {
    return {
      name: 'leader epochs',
      async finished({ logs, endOfEpoch }) {
        for (const { log, records, highWatermark } of logs) {
          const ends = new Map<number, number>();
          let last = -1;
          for (const { offset, leaderEpoch } of records) {
            if (leaderEpoch < last)
              violated(`O7: ${log.name} @${offset}: leader epoch ${leaderEpoch} after ${last}`);
            last = leaderEpoch;
            ends.set(leaderEpoch, offset + 1);
          }
          for (const [epoch, end] of ends) {
            const told = await endOfEpoch(log, epoch);
            const expected = epoch === last ? highWatermark : end;
            if (told !== expected)
              violated(`O7: ${log.name}: epoch ${epoch} ends at ${expected}, told ${told}`);
          }
        }
      },
    };
  },
};
