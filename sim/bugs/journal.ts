/** Bugs of the journal and its recovery. */
import { CRASHES, DAMAGE, type PlantedBugs, UNDER_FAULTS } from './planted-bug.ts';

export const JOURNAL_BUGS: PlantedBugs = {
  acknowledgesBeforeSync: {
    what: 'the high watermark moves and answers leave when a frame is written, not when it is synced',
    thought: 'The write is done and the sync follows at once: nobody need wait for it.',
    breaks: ['D1'],
    finder: CRASHES,
    patches: [
      {
        file: 'src/journal/commit-queue.ts',
        from: `    await slot.file.sync();
    if (this.#isHalted) throw this.failed!; // Q3
    this.#durable(frame, crc, onDurable);`,
        to: `    this.#durable(frame, crc, onDurable);
    await slot.file.sync();`,
      },
    ],
  },
  neverSyncsRelaxed: {
    what: 'a frame of relaxed topics is not synced before a later frame with something else is',
    thought: 'gregor.flush=interval has a second for it, and a sync comes sooner or later.',
    breaks: ['D3'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/journal/commit-queue.ts',
        from: '    await slot.file.sync();\n',
        to: '    if (!frame.isRelaxed) await slot.file.sync();\n',
      },
    ],
  },
  retriesSync: {
    what: 'a sync that failed is made again, and then believed',
    thought: 'EIO is often transient; one more try costs nothing.',
    breaks: ['D5'],
    finder: { test: 'src/journal/journal.test.ts' },
    patches: [
      {
        file: 'src/journal/commit-queue.ts',
        from: `    await slot.file.sync();
    if (this.#isHalted) throw this.failed!; // Q3
    this.#durable(frame, crc, onDurable);`,
        to: `    await slot.file.sync().catch(() => slot.file.sync());
    this.#durable(frame, crc, onDurable);`,
      },
    ],
  },
  callsLostWritesDefinite: {
    what: 'after a failed write or sync clients are told that nothing was written',
    thought: 'The frame failed, so its batches are not in the log: say so, as for a full journal.',
    breaks: ['D4'],
    finder: CRASHES,
    patches: [
      {
        file: 'src/journal/commit-queue.ts',
        from: `import { KafkaError } from '../protocol/index.ts';`,
        to: `import { KafkaError, NOTHING_WRITTEN } from '../protocol/index.ts';`,
      },
      {
        file: 'src/journal/commit-queue.ts',
        from: 'disk failed: ${String(cause)}`',
        to: 'disk failed: ${String(cause)}; ${NOTHING_WRITTEN}`',
      },
    ],
  },
  claimsItsOwnSync: {
    what: 'a frame says in its header that it is synced itself',
    thought: 'Whoever can read the frame knows that it got to the disk.',
    breaks: ['O1', 'D1'],
    finder: CRASHES,
    patches: [
      {
        file: 'src/journal/commit-queue.ts',
        from: `      durableSequence,
      length,`,
        to: `      durableSequence: frame.sequence,
      length,`,
      },
    ],
  },
  skipsCrcCheck: {
    what: 'recovery takes a torn frame for a whole one',
    thought: 'Session, sequence and the CRC of the frame before are right: that is proof enough.',
    breaks: ['D1'],
    finder: CRASHES,
    patches: [
      {
        file: 'src/journal/walk.ts',
        from: 'if (!isFrameWhole(bytes, header)) return undefined;',
        to: 'void isFrameWhole;',
      },
    ],
  },
  takesTornTailForDamage: {
    what: 'the frame that was being written when the power went is called damage, and the folder does not open',
    thought: 'A header of ours with a wrong checksum behind it is corruption; better stop than guess.',
    breaks: ['V4'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/journal/walk.ts',
        from: '    if (torn === undefined) return;',
        to: '    if (torn === undefined) return;\n    if (torn > 0) throw this.#damage(cursor.slot.index, cursor.position, cursor.sequence);',
      },
    ],
  },
  takesDamageForTornTail: {
    what: 'a bad frame with good ones behind it is cut like a torn tail, and acknowledged records with it',
    thought: 'Behind the end of the journal there are only leftovers of earlier lives.',
    breaks: ['D6', 'D1'],
    finder: { test: 'src/journal/journal.test.ts' },
    patches: [
      {
        file: 'src/journal/walk.ts',
        from: 'if (isLater(header) && (await this.#frameAt(slot, position, isLater)) !== undefined)',
        to: 'if (position < cursor.position && isLater(header))',
      },
    ],
  },
  looksForLaterFramesInOneFile: {
    what: 'damage at the end of one journal file is not noticed when the frames go on in another',
    thought: 'What follows a frame follows it in the same file.',
    breaks: ['D6', 'D1'],
    finder: DAMAGE,
    patches: [
      {
        file: 'src/journal/walk.ts',
        from: 'if (await this.#frameAt(slot, 0, isLater))',
        to: 'if (slot === cursor.slot && (await this.#frameAt(slot, 0, isLater)))',
      },
    ],
  },
  publishesWhatWasOnlyRead: {
    what: 'recovery serves the last frame from the page cache without making it durable first',
    thought: 'It was read with a right CRC: it is there.',
    breaks: ['O1'],
    finder: CRASHES,
    patches: [
      {
        file: 'src/journal/recovery.ts',
        from: 'unproved === undefined || unproved.header.sequence <= walk.durableSequence;',
        to: 'unproved !== null;',
      },
    ],
  },
  reusesTheRescuedSequence: {
    what: 'the frame that recovery copied and the next one have the same sequence number',
    thought: 'The rescued frame belongs to the old session; the new one counts from what was there before.',
    breaks: ['D1'],
    finder: CRASHES,
    patches: [
      {
        file: 'src/journal/recovery.ts',
        from: 'const lastSequence = rescued?.header.sequence ?? previous.sequence;',
        to: 'const lastSequence = previous.sequence;',
      },
    ],
  },
  forgetsTheSessionBefore: {
    what: 'after two deaths in a row the frames of the first life are not replayed',
    thought: 'The newest session begins where the old ones end: only it is needed.',
    breaks: ['D1'],
    finder: { test: 'src/journal/journal.test.ts' },
    patches: [
      {
        file: 'src/journal/recovery.ts',
        from: 'sessions: [...closed, newest]',
        to: 'sessions: [...closed.slice(1), newest]',
      },
    ],
  },
  releasesEverythingDurable: {
    what: 'a checkpoint frees journal files whose frames came after its mark',
    thought: 'What is durable has been flushed by now, so its place is free.',
    breaks: ['D1'],
    finder: CRASHES,
    patches: [
      {
        file: 'src/journal/journal.ts',
        from: 'this.#space.release(mark.sequence + 1);',
        to: 'this.#space.release(Math.max(mark.sequence, this.#queue.durableSequence) + 1);',
      },
    ],
  },
  releasesOneFrameTooMany: {
    what: 'a checkpoint frees a journal file that ends with the first frame behind its mark',
    thought: 'Frames up to and including the mark are done.',
    breaks: ['D1'],
    finder: { test: 'src/journal/journal.test.ts' },
    patches: [
      {
        file: 'src/journal/space.ts',
        from: 'if (slot !== this.#current && slot.lastSequence < sequence) slot.lastSequence = -1;',
        to: 'if (slot !== this.#current && slot.lastSequence <= sequence) slot.lastSequence = -1;',
      },
    ],
  },
  countsSpaceBeforeItIsThere: {
    what: 'journal space is given out while it is still being written',
    thought: 'The new size is known at the start of the step; produce need not wait for zeros.',
    breaks: ['V2', 'D1'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/journal/space.ts',
        from: '    const end = slot.end + stepBytes;\n    for (let at = slot.end; at < end; at += zeros.length) {',
        to: '    const start = slot.end;\n    const end = start + stepBytes;\n    slot.end = end;\n    for (let at = start; at < end; at += zeros.length) {',
      },
      {
        file: 'src/journal/space.ts',
        from: 'if ((at + zeros.length - slot.end) %',
        to: 'if ((at + zeros.length - start) %',
      },
    ],
  },
  forgetsTheJournalFolder: {
    what: 'the name of a new journal file is not synced',
    thought: 'The file is synced after it was written; that is what counts.',
    breaks: ['D1'],
    finder: CRASHES,
    patches: [
      {
        file: 'src/journal/space.ts',
        from: `      await this.#env.disk.syncDirectory(directory);
      await this.#env.disk.syncDirectory('.');`,
        to: '',
      },
    ],
  },
};
