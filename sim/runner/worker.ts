/** A worker process: gets chunks of seeds, answers what happened. */
import { applyPatches } from '../patches/patch.ts';
import { PROBES } from '../coverage/probes.ts';
import type { Share } from './plan.ts';

applyPatches(PROBES);
const { runSeeds } = await import('./seeds.ts');

let turn = Promise.resolve();
process.on('message', (share: Share) => {
  turn = turn.then(async () => {
    const result = await runSeeds(share);
    process.send!(result);
  });
});
