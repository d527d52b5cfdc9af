/** D5: after a failed sync no file is synced a second time, and the broker ends. */
import type { CheckerKind } from './checker.ts';

/** Virtual time that a broker may take to notice and to end itself; a slow disk or a stall is no excuse for more. */
const END_WITHIN_MS = 8_000;

export const failStop: CheckerKind = {
  promises: ['D5'],
  make(violated) {
    return {
      name: 'fail-stop',
      watch(sim, process) {
        const { disk } = process.machine;
        let failed: { life: number; paths: Set<string> } = { life: 0, paths: new Set() };
        disk.onSync = (path) => {
          if (failed.life === process.lives && failed.paths.has(path))
            violated(`D5: ${path} is synced again in the life in which its sync had failed`);
        };
        disk.onError = (verb, path) => {
          process.diskFailed();
          if (!verb.startsWith('sync')) return;
          const life = process.lives;
          if (failed.life !== life) failed = { life, paths: new Set() };
          failed.paths.add(path);
          sim.clock.after(END_WITHIN_MS, () => {
            if (process.lives === life && process.machine.alive)
              violated(`D5: '${verb} ${path}' failed, and the broker goes on`);
          });
        };
      },
    };
  },
};
