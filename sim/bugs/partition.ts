/** Bugs of partitions and of their state. */
import type { PlantedBug } from './planted-bug.ts';

export const PARTITION_BUGS: Readonly<Record<string, PlantedBug>> = {
  losesProducerState: {
    what: 'no producer is known any more after a start',
    breaks: 'I1',
    scenario: 'append-crash-recover',
    patches: [
      {
        file: 'src/partition/open.ts',
        from: '  partitions.attach(journal, checkpointer);',
        to: `  partitions.attach(journal, checkpointer);
  for (const partition of partitions.all()) partition.producers.expire(Number.POSITIVE_INFINITY);`,
      },
    ],
  },
};
