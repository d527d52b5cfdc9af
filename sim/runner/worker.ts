/** A worker process: gets chunks of seeds, answers what happened. Ends when nobody is there who would hear it. */
import { applyPatches } from '../patches/patch.ts';
import { PROBES } from '../coverage/probes.ts';
import type { Share } from './plan.ts';

applyPatches(PROBES);
const { runSeeds } = await import('./seeds.ts');

process.once('disconnect', () => process.exit());

let turn = Promise.resolve();
process.on('message', (share: Share) => {
  turn = turn.then(async () => {
    const result = await runSeeds(share);
    process.send!(result, undefined, undefined, endWhenUnheard);
  });
});

/** The channel broke before this process was told: the error needs no stack trace. */
function endWhenUnheard(error: Error | null): void {
  if (error !== null) process.exit();
}
