/** Bugs of topics whose records are checked before they enter. */
import { CHECKS, type PlantedBugs } from './planted-bug.ts';

const INTAKE = 'src/partition/intake.ts';
const QUEUE = 'src/partition/admission-queue.ts';

export const CHECK_BUGS: PlantedBugs = {
  overtakesSlowChecks: {
    what: 'a batch enters once it was looked at, whatever came before it',
    thought: 'Who is ready need not wait; a producer’s batches are kept in order by their sequence.',
    breaks: ['D2', 'O5'],
    finder: CHECKS,
    patches: [
      {
        file: QUEUE,
        from: '        this.#admitReady();\n',
        to: `        const at = this.#waiting.indexOf(waiting);
        if (at > 0) this.#waiting.unshift(...this.#waiting.splice(at, 1));
        this.#admitReady();
`,
      },
    ],
  },
  queuesEverybody: {
    what: 'one queue for all partitions: who writes to a topic without a check waits for the checks of others',
    thought: 'With one queue the order of arrival holds for the whole broker.',
    breaks: ['N3'],
    finder: CHECKS,
    patches: [
      {
        file: INTAKE,
        from: 'return this.#partition.config.check !== undefined || this.#queue?.isEmpty === false;',
        to: 'return this.#partition.config.check !== undefined || (this.#checkRoom as { queue?: AdmissionQueue }).queue?.isEmpty === false;',
      },
      {
        file: INTAKE,
        from: 'this.#queue ??= new AdmissionQueue(this.#checkRoom, index);',
        to: `const room = this.#checkRoom as { queue?: AdmissionQueue };
    this.#queue = room.queue ??= new AdmissionQueue(this.#checkRoom, index);`,
      },
    ],
  },
};
