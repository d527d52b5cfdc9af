/**
 * R3: a reader of committed records that an open transaction holds back hears, within max.wait, that there is nothing for it yet
 * and where the log stands. Asked when everything is healed: only then is how long it takes the broker's doing.
 */
import type { CheckerKind } from './checker.ts';

/** The ways of the request and its answer, and what the disk takes for the batch before. */
const ON_THE_WAY_MS = 500;

export const waiting: CheckerKind = {
  promises: ['R3'],
  make(violated) {
    return {
      name: 'waiting',
      waited({ log, fetchOffset, lastStableOffset, highWatermark }, tookMs, maxWaitMs) {
        if (tookMs > maxWaitMs + ON_THE_WAY_MS)
          violated(
            `R3: ${log.name}: a reader of committed records waited ${tookMs} ms, max.wait is ${maxWaitMs}`,
          );
        if (lastStableOffset > fetchOffset || highWatermark <= fetchOffset)
          violated(
            `R3: ${log.name} @${fetchOffset} is undecided; a reader of committed records was told ${lastStableOffset} of ${highWatermark}`,
          );
      },
    };
  },
};
