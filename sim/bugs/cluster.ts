/** Bugs of the cluster's metadata: topics and producer ids. */
import { type PlantedBugs, UNDER_FAULTS } from './planted-bug.ts';

const CONTROLLER = 'src/cluster/controller.ts';

export const CLUSTER_BUGS: PlantedBugs = {
  answersMetadataEarly: {
    what: 'topics and producer ids are told before their records are durable',
    thought: 'The image has it, and whoever asks next sees it.',
    breaks: ['D6', 'I1'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: CONTROLLER,
        from: 'return this.#log.pendingFrame === undefined ? undefined : this.#lastFrame?.durable;',
        to: 'return undefined;',
      },
    ],
  },
  givesProducerIdsAgain: {
    what: 'the producer ids of a block are given out again after a restart',
    thought: 'The block is recorded by the id at which it begins.',
    breaks: ['I1'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: CONTROLLER,
        from: "{ kind: 'producer-ids', nextProducerId: end }",
        to: "{ kind: 'producer-ids', nextProducerId: next }",
      },
    ],
  },
};
