/** NodeClock: the machine's own time. */
import type { Clock } from '../clock.ts';

/** Node fires longer timers at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const nodeClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = () => {
        cancel();
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const cancel = timer(ms, finish, true);
      signal?.addEventListener('abort', finish);
    });
  },
  after: (ms, wake) => timer(ms, wake, false),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};

function timer(ms: number, wake: () => void, keepAlive: boolean): () => void {
  let handle: NodeJS.Timeout;
  const arm = (left: number) => {
    const step = Math.min(left, TIMER_MS_MAX);
    handle = setTimeout(() => (left > step ? arm(left - step) : wake()), step);
    if (!keepAlive) handle.unref();
  };
  arm(Math.max(0, ms));
  return () => clearTimeout(handle);
}
