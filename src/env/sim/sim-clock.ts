/**
 * SimClock: virtual time. Sleeping costs nothing; an hour passes in an instant.
 *
 * Faults: alarms are up to half a millisecond late, in any order among equals (a loaded event loop is later than that);
 * wall time jumps when the scenario says so (administrators and NTP do it); monotonic time starts anew with each life.
 */
import type { Clock } from '../clock.ts';
import type { Life } from './life.ts';
import type { Simulation } from './simulation.ts';

/** A fixed day, so that timestamps look like timestamps. */
const EPOCH = Date.UTC(2026, 0, 1);
const LATE_MS_MAX = 0.5;
/** A turn takes this long, so that a loop of turns moves time. */
const TURN_MS = 0.001;

export function simClock(sim: Simulation, life: Life | undefined, wallOffset: () => number = () => 0): Clock {
  const random = sim.random.fork('clock');
  const bornAt = sim.time;
  const lateness = () => random.next() * LATE_MS_MAX;
  const after = (ms: number, label: string, wake: () => void): (() => void) =>
    life?.alive === false ? () => {} : sim.schedule(ms, label, wake, life);
  return {
    now: () => Math.floor(EPOCH + sim.time + wallOffset()),
    monotonic: () => sim.time - bornAt,
    sleep(ms, signal) {
      if (life?.alive === false) return new Promise(() => {});
      if (signal?.aborted === true) return Promise.resolve();
      return new Promise((resolve) => {
        const finish = () => {
          cancel();
          signal?.removeEventListener('abort', finish);
          resolve();
        };
        const cancel = after(Math.max(0, ms) + lateness(), 'sleep', finish);
        signal?.addEventListener('abort', finish);
      });
    },
    after: (ms, wake) => after(Math.max(0, ms) + lateness(), 'after', wake),
    turn: () => new Promise((resolve) => void after(TURN_MS, 'turn', resolve)),
  };
}
