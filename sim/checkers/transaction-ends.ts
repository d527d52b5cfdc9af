/**
 * T8: no transaction stays open: at the end every last stable offset is the high watermark, also for those that nobody ended.
 * And none is ended early: while its broker did not serve, its time did not run.
 */
import type { TransactionFacts } from '../history/transaction-facts.ts';
import type { CheckerKind } from './checker.ts';

const LOOK_MS = 25;
/** Looks are seldom, and the request that began it took its way. */
const TOLERANCE_MS = 100;

export const transactionEnds: CheckerKind = {
  promises: ['T8'],
  make(violated) {
    let servedMs = 0;
    let mayTell = false;
    const beganAt = new Map<TransactionFacts, number>();
    return {
      name: 'transaction ends',
      watch(sim, process) {
        // How much was used of a timeout before a death is told by timestamps in the log.
        mayTell = !process.faults.has('clock jumps');
        const look = () => {
          if (process.server !== undefined) servedMs += LOOK_MS;
          sim.clock.after(LOOK_MS, look);
        };
        look();
      },
      begun(transaction) {
        beganAt.set(transaction, servedMs);
      },
      fenced(transaction, timeoutMs) {
        const openMs = servedMs - beganAt.get(transaction)!;
        if (mayTell && transaction.isUndisturbed && openMs + TOLERANCE_MS < timeoutMs)
          violated(
            `T8: ${transaction} was ended within ${openMs} ms in which its broker served; its timeout is ${timeoutMs} ms`,
          );
      },
      finished({ logs }) {
        for (const { log, highWatermark, lastStableOffset, records } of logs) {
          const open = records.find(({ fate }) => fate === 'open');
          if (lastStableOffset !== highWatermark || open !== undefined)
            violated(
              `T8: ${log.name}: the last stable offset is ${lastStableOffset} of ${highWatermark}, the record at ${open?.offset ?? 'no offset'} is undecided`,
            );
        }
      },
    };
  },
};
