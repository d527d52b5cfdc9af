/** A clock that runs some times as fast as this machine's: pauses, timeouts and intervals are over sooner. The date stays what it is. */
import type { Clock } from '../../src/env/index.ts';

export function hurriedClock(clock: Clock, times: number): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic() * times,
    after: (ms, act) => clock.after(ms / times, act),
    turn: () => clock.turn(),
    sleep: (ms, signal) => clock.sleep(ms / times, signal),
  };
}
