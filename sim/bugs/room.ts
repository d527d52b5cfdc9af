/** Bugs in what all clients together may hold. */
import type { PlantedBugs } from './planted-bug.ts';

const CONNECTION = 'src/rpc/server-connection.ts';
const CONNECTION_TEST = { test: 'src/rpc/server-connection.test.ts' } as const;

export const ROOM_BUGS: PlantedBugs = {
  waitsForWhoIsGone: {
    what: 'a connection that goes while it waits for room leaves those behind it waiting, though there is room',
    thought: 'It had nothing: there is nothing to give back.',
    breaks: ['V3'],
    finder: { test: 'src/rpc/byte-budget.test.ts' },
    patches: [
      {
        file: 'src/rpc/byte-budget.ts',
        from: 'if (this.#waiting.delete(waiting)) this.#grant();',
        to: 'this.#waiting.delete(waiting);',
      },
    ],
  },
  forgetsWhatTheSocketHolds: {
    what: 'an answer counts no more once it was offered to the socket, taken or not',
    thought: 'Written is sent.',
    breaks: ['V3'],
    finder: CONNECTION_TEST,
    patches: [
      {
        file: 'src/rpc/outgoing.ts',
        from: '      if (this.#isDrained) gone += taken;\n      else this.#inSocket = taken;\n',
        to: '      gone += taken;\n',
      },
    ],
  },
  keepsWhoReadsNothing: {
    what: 'a peer that takes none of its answers keeps the room that others wait for',
    thought: 'It will read one day.',
    breaks: ['V3'],
    finder: CONNECTION_TEST,
    patches: [
      {
        file: CONNECTION,
        from: 'now - this.#tookAt >= limits.answerStallMs',
        to: 'now - this.#tookAt >= Number.POSITIVE_INFINITY',
      },
    ],
  },
  cutsWhoReadsSlowly: {
    what: 'a peer that takes its answer bit by bit is closed like one that takes nothing',
    thought: 'Since it began is long enough to tell.',
    breaks: ['V2'],
    finder: CONNECTION_TEST,
    patches: [
      {
        file: CONNECTION,
        from: '    this.#tookAt = this.#parts.clock.monotonic();\n    this.#answersLeft',
        to: '    this.#answersLeft',
      },
    ],
  },
  takesAnyNumberOfIds: {
    what: 'ids that were given to members who never come are counted nowhere',
    thought: 'Members count; these are none.',
    breaks: ['V3'],
    finder: { test: 'src/groups/room.test.ts' },
    patches: [
      {
        file: 'src/groups/room.ts',
        from: '  for (const memberId of pendingJoins.keys()) bytes += OBJECT_BYTES + memberId.length;\n',
        to: '  void pendingJoins;\n',
      },
    ],
  },
};
