/** Bugs between the wire and the log: handlers, fetch sessions, connections. */
import { type PlantedBugs, UNDER_FAULTS } from './planted-bug.ts';

const FETCH = 'src/broker/handlers/fetch.ts';
const SESSION = 'src/broker/fetch-session.ts';
const CUTTER_TEST = { test: 'src/rpc/frame-cutter.test.ts' } as const;

export const BROKER_BUGS: PlantedBugs = {
  readsToTheEndOfTheLog: {
    what: 'a fetch that does not ask for committed records reads what is not durable yet',
    thought: 'read_uncommitted: everything that is in the log.',
    breaks: ['D1', 'O3'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: FETCH,
        from: 'isHidden ? lastStableOffset : partition.highWatermark;',
        to: 'isHidden ? lastStableOffset : partition.logEndOffset;',
      },
    ],
  },
  answersUnacknowledgedProduce: {
    what: 'acks=0 gets an answer, which the client takes for that of its next request',
    thought: 'An answer more does no harm, and the code is the same for all.',
    breaks: ['D2'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/broker/handlers/produce.ts',
        from: '  if (request.acks === 0) return unanswered(topics.flat());\n',
        to: '  if (request.acks === 0) unanswered(topics.flat());\n',
      },
    ],
  },
  takesOfferedForSent: {
    what: 'memory of an answer is used again when the socket has it, although the kernel has not',
    thought: 'write() has returned: the bytes are on their way.',
    breaks: ['D1', 'O2'],
    finder: { test: 'src/rpc/outgoing.test.ts' },
    patches: [
      {
        file: 'src/rpc/outgoing.ts',
        from: 'this.#offeredBytes - this.#socket.unsentBytes;',
        to: 'this.#offeredBytes;',
      },
    ],
  },
  releasesAtTheFirstPiece: {
    what: 'memory of an answer in several pieces is used again when the first one has left',
    thought: 'The answer is with the socket: its memory is free.',
    breaks: ['D1', 'O2'],
    finder: { test: 'src/rpc/outgoing.test.ts' },
    patches: [
      {
        file: 'src/rpc/outgoing.ts',
        from: 'end: this.#offeredBytes + this.#partBytes, memory',
        to: 'end: this.#offeredBytes + 1, memory',
      },
    ],
  },
  stopsAtASilentRequest: {
    what: 'a request without an answer keeps its place, and the answers behind it wait for the next one',
    thought: 'Nothing to send: nothing to do.',
    breaks: ['D2', 'V2'],
    finder: { test: 'src/rpc/server-connection.test.ts' },
    patches: [
      {
        file: 'src/rpc/server-connection.ts',
        from: 'if (ready === undefined) continue;',
        to: 'if (ready === undefined) break;',
      },
    ],
  },
  answersWhoIsDoneFirst: {
    what: 'answers leave in the order in which they are ready',
    thought: 'The correlation id tells which request an answer belongs to.',
    breaks: ['V4'],
    finder: { test: 'src/rpc/server-connection.test.ts' },
    patches: [
      {
        file: 'src/rpc/server-connection.ts',
        from: 'const { answer: ready, lent } = this.#slots.shift()!; // S2',
        to: 'const { answer: ready, lent } = this.#slots.splice(this.#slots.findIndex(({ isDone }) => isDone), 1)[0]!;',
      },
      {
        file: 'src/rpc/server-connection.ts',
        from: 'while (this.#slots[0]?.isDone) {',
        to: 'while (this.#slots.some(({ isDone }) => isDone)) {',
      },
    ],
  },
  losesBytesBehindAFrame: {
    what: 'the request that arrives in the same chunk as the end of another one is lost',
    thought: 'The chunk completed the frame: it is used up.',
    breaks: ['V4'],
    finder: CUTTER_TEST,
    patches: [
      {
        file: 'src/rpc/frame-cutter.ts',
        from: 'this.#at += taken;',
        to: 'this.#at = this.#chunk.length;',
      },
    ],
  },
  takesFourBytesForARequest: {
    what: 'a size that is split over two chunks is read where it is not complete',
    thought: 'There is something: the size comes first.',
    breaks: ['V4'],
    finder: CUTTER_TEST,
    patches: [
      {
        file: 'src/rpc/frame-cutter.ts',
        from: 'if (chunk.length - this.#at < SIZE_BYTES) return undefined;',
        to: 'if (chunk.length - this.#at < SIZE_BYTES - 1) return undefined;',
      },
    ],
  },
  tellsNewsByTheWatermark: {
    what: 'a session leaves out a partition with records when its high watermark is the one that was told last',
    thought: 'Where the high watermark did not move there is nothing new.',
    breaks: ['V2'],
    finder: UNDER_FAULTS,
    patches: [{ file: SESSION, from: '      told.bytes > 0 ||\n', to: '' }],
  },
  keepsTheSessionsFirstOffset: {
    what: 'a session goes on from the offset at which a partition entered it',
    thought: 'The partition is known already.',
    breaks: ['O2'],
    finder: UNDER_FAULTS,
    patches: [{ file: SESSION, from: '      else known.wanted = partition;\n', to: '' }],
  },
  keepsTheOrderOfASession: {
    what: 'a session with a small budget serves its first partitions for ever, and the last ones never',
    thought: 'Partitions are answered in the order in which they were asked for.',
    breaks: ['V2'],
    finder: { test: 'src/broker/fetch-session.test.ts' },
    patches: [
      {
        file: SESSION,
        from: '      this.#partitions.delete(key);\n      this.#partitions.set',
        to: '      this.#partitions.set',
      },
    ],
  },
  takesOldSessionRequests: {
    what: 'a session serves a request whose epoch it has served before',
    thought: 'A retry deserves an answer.',
    breaks: ['O2'],
    finder: { test: 'src/broker/fetch-session.test.ts' },
    patches: [
      {
        file: SESSION,
        from: 'if (epoch !== this.#epoch)',
        to: 'if (epoch > this.#epoch)',
      },
    ],
  },
  endsEpochsWhereTheyBegan: {
    what: 'OffsetForLeaderEpoch answers with the offset at which the asked epoch began',
    thought: 'The first entry at or above the epoch.',
    breaks: ['O7'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/log/leader-epochs.ts',
        from: 'const higher = this.#entries.find((entry) => entry.leaderEpoch > requestedEpoch);',
        to: 'const higher = this.#entries.find((entry) => entry.leaderEpoch >= requestedEpoch);',
      },
    ],
  },
  endsEveryEpochAtTheWatermark: {
    what: 'OffsetForLeaderEpoch answers with the end of the log for every epoch',
    thought: 'One broker never truncates: an epoch ends where the log ends.',
    breaks: ['O7'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/broker/handlers/offset-for-leader-epoch.ts',
        from: 'leaderEpoch === partition.leaderEpoch',
        to: 'leaderEpoch <= partition.leaderEpoch',
      },
    ],
  },
};
