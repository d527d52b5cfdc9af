/**
 * N3: whoever writes to a topic without a check never waits for checks. Asked when everything is healed and each check takes seconds:
 * only then is how long an answer takes the checks' doing.
 */
import type { Attempt } from '../history/facts.ts';
import type { CheckerKind } from './checker.ts';

/** What the network, the disk and a checkpoint take when nothing is wrong. */
const PROMPT_MS = 1_500;

export const promptness: CheckerKind = {
  promises: ['N3'],
  make(violated) {
    const since = new WeakMap<Attempt, number>();
    let now = () => 0;
    return {
      name: 'promptness',
      watch(sim) {
        now = () => sim.time;
      },
      sent({ log }, attempt) {
        if (log.mustBePrompt) since.set(attempt, now());
      },
      acknowledged({ log, producer }, attempt) {
        const took = now() - (since.get(attempt) ?? now());
        if (took > PROMPT_MS)
          violated(`N3: ${log.name}: ${producer} waited ${took} ms, while checks of other topics went on`);
      },
    };
  },
};
