/** Waiting fetches: parked on their partitions until there is enough to read, time is over, or the client is gone. */
import type { Clock } from '../env/index.ts';
import type { Partition, Waiter } from '../partition/index.ts';

/** Resolves when `isReady` says so after a wake-up, after `waitMs`, or when `signal` aborts. */
export function parked(
  clock: Clock,
  partitions: readonly Partition[],
  waitMs: number,
  signal: AbortSignal,
  isReady: () => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const leave = () => {
      for (const partition of partitions) partition.waiters.leave(waiter);
      cancel();
      signal.removeEventListener('abort', leave);
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
    for (const partition of partitions) partition.waiters.park(waiter);
  });
}
