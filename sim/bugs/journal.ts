/** Bugs of the journal and its recovery. */
import type { PlantedBug } from './planted-bug.ts';

export const JOURNAL_BUGS: Readonly<Record<string, PlantedBug>> = {
  acknowledgesBeforeSync: {
    what: 'the high watermark moves and answers leave when a frame is written, not when it is synced',
    breaks: 'D1',
    scenario: 'append-crash-recover',
    patches: [
      {
        file: 'src/journal/commit-queue.ts',
        from: `    await slot.file.sync();
    this.#durable(frame, crc, onDurable);`,
        to: `    this.#durable(frame, crc, onDurable);
    await slot.file.sync();`,
      },
    ],
  },
  skipsCrcCheck: {
    what: 'recovery takes a torn frame for a whole one',
    breaks: 'D1',
    scenario: 'append-crash-recover',
    patches: [
      {
        file: 'src/journal/walk.ts',
        from: 'if (!isFrameWhole(bytes, header)) return undefined;',
        to: 'void isFrameWhole;',
      },
    ],
  },
  publishesWhatWasOnlyRead: {
    what: 'recovery serves the last frame from the page cache without making it durable first',
    breaks: 'O1',
    scenario: 'append-crash-recover',
    patches: [
      {
        file: 'src/journal/recovery.ts',
        from: 'unproved === undefined || unproved.header.sequence <= walk.durableSequence;',
        to: 'unproved !== null;',
      },
    ],
  },
};
