/** Bugs of topics that deduplicate. */
import { DEDUPE, type PlantedBugs } from './planted-bug.ts';

const DECISION = 'src/partition/dedupe.ts';
const STATE = 'src/log/dedupe-state.ts';
const PARTITION = 'src/partition/partition.ts';
const INTAKE = 'src/partition/intake.ts';
const finder = { test: 'src/partition/dedupe.test.ts' } as const;

export const DEDUPE_BUGS: PlantedBugs = {
  countsIdsOfOpenTransactions: {
    what: 'an id of a transaction counts before its commit: what comes with it is dropped, and the abort loses both',
    thought: 'The record has its place in the log, so its id is there.',
    breaks: ['I9'],
    finder,
    patches: [
      {
        file: STATE,
        from: 'if ((attributes & TRANSACTIONAL_BIT) === 0) {',
        to: 'if (TRANSACTIONAL_BIT > 0) {',
      },
    ],
  },
  keepsIdsOfAbortedTransactions: {
    what: 'the ids of an aborted transaction count: its records sent again are dropped',
    thought: 'A marker ends the transaction, and what it held moves on.',
    breaks: ['I9'],
    finder,
    patches: [{ file: STATE, from: '    if (marker.markerType === MARKER_ABORT) return;\n', to: '' }],
  },
  takesTheIdsOfOthers: {
    what: 'an id that another open transaction holds is appended a second time',
    thought: 'Whether the other one commits is not known; to lose a record is worse.',
    breaks: ['I9'],
    finder,
    patches: [
      {
        file: DECISION,
        from: 'if (holder !== undefined) this.#holder = holder.producerId;',
        to: '',
      },
    ],
  },
  leavesTheSequence: {
    what: 'a batch of which nothing is left does not move its producer’s sequence: the next one is refused',
    thought: 'Nothing was appended, so nothing is to be noted.',
    breaks: ['I7'],
    finder,
    patches: [{ file: PARTITION, from: '    this.producers.advance(entry, now);\n', to: '' }],
  },
  movesTheSequenceInMemoryOnly: {
    what: 'after kill -9 the producer of a batch of which nothing was left is refused',
    thought: 'The next batch of the producer makes its sequence durable.',
    breaks: ['I7'],
    finder,
    patches: [
      {
        file: 'src/partition/open.ts',
        from: '        partition.producers.advance(entry, this.#now);\n',
        to: '',
      },
    ],
  },
  forgetsIdsAtStart: {
    what: 'ids since the last checkpoint are not known after kill -9',
    thought: 'The snapshot has them.',
    breaks: ['I6', 'I7'],
    finder,
    patches: [
      {
        file: 'src/partition/partition-ids.ts',
        from: 'if (ids.deltas.length > 0) this.#next = ids;',
        to: 'if (ids.deltas.length > 0) this.#next = undefined;',
      },
    ],
  },
  closesTheGaps: {
    what: 'a batch without its duplicates gives their offsets to others, and its sequence range shrinks',
    thought: 'Records have dense offsets within their batch.',
    breaks: ['I8'],
    finder,
    patches: [
      {
        file: DECISION,
        from: 'const left = this.kept.map((index) => slices[index]!);',
        to: 'const left = slices.slice(0, this.kept.length);',
      },
    ],
  },
  answersKnownIdsAtOnce: {
    what: 'a duplicate is acknowledged before its original is durable',
    thought: 'There is nothing to write for it.',
    breaks: ['I2', 'I7'],
    finder,
    patches: [
      {
        file: INTAKE,
        from: '    const frame = this.#partition.pendingFrame;\n    if (first === undefined)',
        to: '    const frame = undefined;\n    if (first === undefined)',
      },
    ],
  },
  cutsWindowsInSilence: {
    what: 'the memory limit makes ids go within their window, and nobody is told',
    thought: 'A cache makes room by itself.',
    breaks: ['I10'],
    finder,
    patches: [
      {
        file: 'src/partition/dedupe-memory.ts',
        from: '    if (cut > 0) this.#tell(largest, cut, now);\n',
        to: '',
      },
    ],
  },
  countsTheEndOfTheWindow: {
    what: 'an id counts in the millisecond too in which its window ends',
    thought: 'A window of a second is a second long: the last millisecond belongs to it.',
    breaks: ['I6'],
    finder,
    patches: [
      {
        file: DECISION,
        from: 'now - window.timeAt(position) < rule.windowMs;',
        to: 'now - window.timeAt(position) <= rule.windowMs;',
      },
    ],
  },
  forgetsThatItRefused: {
    what: 'a producer whose first batch had to wait is let in with the second one',
    thought: 'Nothing was written, so there is nothing to note.',
    breaks: ['I1', 'I9'],
    finder: DEDUPE,
    patches: [
      {
        file: INTAKE,
        from: "      if (decision.kind === 'held') throw decision.error;\n",
        to: '',
      },
      {
        file: INTAKE,
        from: '      return this.#there(batch, decision.first);\n    }\n',
        to: "      return this.#there(batch, decision.first);\n    }\n    if (decision.kind === 'held') throw decision.error;\n",
      },
    ],
  },
  refusesWhatItTookBefore: {
    what: 'a retry of a batch of which nothing was appended is refused once the window has let go of its ids',
    thought: 'It is none of the last five, and its records are not there: so it is out of order.',
    breaks: ['I7', 'T1'],
    finder,
    patches: [
      {
        file: INTAKE,
        from: '    if (first === undefined) return { ...UNKNOWN_PLACE, frame };\n',
        to: "    if (first === undefined) throw new KafkaError('OUT_OF_ORDER_SEQUENCE_NUMBER', 'not expected');\n    void UNKNOWN_PLACE;\n",
      },
    ],
  },
  asksAgainWhatItTook: {
    what: 'a retry of a batch of which nothing was appended is refused for what its topic has come to ask for since',
    thought: 'Whether its records are there is what the decision is for, and it says so.',
    breaks: ['I7', 'D4'],
    finder,
    patches: [
      {
        file: INTAKE,
        from: 'return this.#there(batch, ids.findAll(rule, batch, now));',
        to:
          '{\n      const decision = ids.decide(rule, batch, now, config.maxMessageBytes);\n' +
          "      return this.#there(batch, decision.kind === 'duplicates' ? decision.first : undefined);\n    }",
      },
    ],
  },
};
