/** O3, D1: high watermark, last stable offset and log start never fall, and are never below what was acknowledged before. */
import type { CheckerKind } from './checker.ts';

export const watermarks: CheckerKind = {
  promises: ['O3', 'D1'],
  make(violated) {
    return {
      name: 'watermarks',
      read({ log, reader, start, highWatermark, lastStableOffset, logStartOffset }) {
        const fell = (what: string, from: number, to: number) => {
          if (to < from)
            violated(`O3: ${log.name}: ${reader} was told a ${what} of ${to} after ${from} had been told`);
        };
        fell('high watermark', start.highWatermark, highWatermark);
        fell('last stable offset', start.lastStableOffset, lastStableOffset);
        fell('log start', start.logStartOffset, logStartOffset);
        if (lastStableOffset > highWatermark || logStartOffset > highWatermark)
          violated(
            `O3: ${log.name}: start ${logStartOffset}, stable ${lastStableOffset}, high ${highWatermark}`,
          );
      },
    };
  },
};
