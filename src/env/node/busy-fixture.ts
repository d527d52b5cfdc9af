/** BusyFixture: work that keeps a thread busy for as many milliseconds as the job says. Only tests import it. */
import type { Work } from '../cpu.ts';

export function prepare(): (ms: number) => number {
  return (ms) => {
    for (const until = performance.now() + ms; performance.now() < until; );
    return ms;
  };
}

export const BUSY: Work<object, number, number> = { module: import.meta.url, prepare };
