/**
 * O7: the leader epoch of batches never falls with the offset, rises with every start after a death, and
 * OffsetForLeaderEpoch says where each one ends.
 */
import type { CheckerKind } from './checker.ts';

const LOOK_MS = 20;

export const leaderEpochs: CheckerKind = {
  promises: ['O7'],
  make(violated) {
    return {
      name: 'leader epochs',
      watch(sim, process) {
        let before = { life: 0, epoch: -1 };
        const look = () => {
          const epoch = process.server?.broker.partitions.leaderEpoch;
          const life = process.lives;
          if (epoch !== undefined && life !== before.life) {
            if (epoch <= before.epoch && process.stoppedLife < before.life)
              violated(`O7: epoch ${epoch} in life ${life}, and life ${before.life} died in ${before.epoch}`);
            before = { life, epoch };
          }
          sim.clock.after(LOOK_MS, look);
        };
        look();
      },
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
            // The last records of an epoch may have been compacted away: it ends before the next one that is left.
            const next =
              epoch === last ? highWatermark : records.find((one) => one.leaderEpoch > epoch)!.offset;
            const isRight = log.mayHaveGaps ? told >= end && told <= next : told === expected;
            if (!isRight) violated(`O7: ${log.name}: epoch ${epoch} ends at ${expected}, told ${told}`);
          }
        }
      },
    };
  },
};
