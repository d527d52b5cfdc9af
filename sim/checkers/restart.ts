/**
 * V1: what a start does before it serves does not grow with the data: of a topic's log it reads one segment at most, however
 * many there are. How long that takes in real time is the kill loop's question.
 */
import type { CheckerKind } from './checker.ts';

export const restart: CheckerKind = {
  promises: ['V1'],
  make(violated) {
    const topics = new Set<string>();
    return {
      name: 'restart',
      watch(_sim, process) {
        let read = { life: 0, files: new Map<string, string>() };
        process.machine.disk.onRead = (path) => {
          // Damage is a reason to look at everything.
          if (process.server !== undefined || process.mayRefuse || !path.endsWith('.log')) return;
          const [, partition = ''] = path.split('/');
          if (!topics.has(partition.slice(0, partition.lastIndexOf('-')))) return;
          if (read.life !== process.lives) read = { life: process.lives, files: new Map() };
          const other = read.files.get(partition) ?? path;
          if (other !== path) violated(`V1: a start reads ${other} and ${path} before it serves`);
          read.files.set(partition, path);
        };
      },
      sent({ log }) {
        topics.add(log.topicId);
      },
    };
  },
};
