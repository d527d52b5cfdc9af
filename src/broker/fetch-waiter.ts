/** Waiting fetches: parked on their partitions until there is enough to read, time is over, or the client is gone. */
import type { Clock } from '../env/index.ts';
import type { Partition, Waiter } from '../partition/index.ts';

/** Resolves when `isReady` says so after a wake-up, after `waitMs`, when `signal` aborts, or the session's next request is there. */
export function parked(
  clock: Clock,
  partitions: readonly Partition[],
  waitMs: number,
  signal: AbortSignal,
  isReady: () => boolean,
  session?: { endWait: (() => void) | undefined },
): Promise<void> {
  return new Promise((resolve) => {
    const leave = () => {
      for (const partition of partitions) partition.waiters.leave(waiter);
      cancel();
      signal.removeEventListener('abort', leave);
      if (session?.endWait === leave) session.endWait = undefined;
      resolve();
    };
    const waiter: Waiter = {
      wake: () => {
        if (isReady()) leave();
      },
    };
    const cancel = clock.after(waitMs, leave);
    if (signal.aborted) {
      leave();
      return;
    }
    signal.addEventListener('abort', leave);
    if (session !== undefined) session.endWait = leave;
    for (const partition of partitions) partition.waiters.park(waiter);
  });
}
