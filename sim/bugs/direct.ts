/** Bugs of large batches that go straight into their segment. */
import { CRASHES, type PlantedBugs } from './planted-bug.ts';

const PENDING_FRAME = 'src/journal/pending-frame.ts';
const SEGMENT = 'src/log/segment.ts';
const JOURNAL = 'src/journal/journal.ts';
const COURSE = 'src/log/course.ts';
const DIRECT_WRITES = 'src/partition/direct-writes.ts';

export const DIRECT_BUGS: PlantedBugs = {
  refersBeforeTheSync: {
    what: 'a frame refers to batches in segments that were written and not synced',
    thought: 'The frame is synced right after, and a sync is a sync.',
    breaks: ['D1'],
    finder: CRASHES,
    patches: [
      {
        file: PENDING_FRAME,
        from: '    await Promise.all([...homes].map((home) => home.syncWritten()));\n',
        to: '    void homes;\n',
      },
    ],
  },
  refersBeforeTheWrite: {
    what: 'a frame refers to batches that are on their way to their segments',
    thought: 'The sync of the segment waits for what was given to it before.',
    breaks: ['D1'],
    finder: CRASHES,
    patches: [
      {
        file: PENDING_FRAME,
        from: '      await Promise.all(this.#lodgings.map(({ written }) => written));\n',
        to: '',
      },
    ],
  },
  startsFromTheManifestAlone: {
    what: 'a start cuts the bytes of segments that the journal refers to',
    thought: 'The manifest says which bytes count.',
    breaks: ['D1'],
    finder: CRASHES,
    patches: [
      {
        file: 'src/partition/open.ts',
        from: '  if (last !== undefined && !isAtRest) await nameSegments(named, env, options, last);\n',
        to: '',
      },
    ],
  },
  namesWhatIsNotDurable: {
    what: 'a manifest names bytes of a segment whose frame was never written',
    thought: 'They are written, and the checkpoint syncs them.',
    breaks: ['I1', 'D1'],
    finder: CRASHES,
    patches: [
      {
        file: DIRECT_WRITES,
        from: 'if (first?.what === undefined || first.frame.sequence > this.#durableSequence) return;',
        to: 'if (first?.what === undefined) return;',
      },
    ],
  },
  waitsForItsOwnFramesOnly: {
    what: 'a checkpoint frees the frame of a small batch that is written together with a large one whose frame is not durable',
    thought: 'What is written for later frames is of no concern to this checkpoint.',
    breaks: ['D1'],
    finder: CRASHES,
    patches: [
      {
        file: DIRECT_WRITES,
        from: 'if (firstSequence > sequence) return undefined;',
        to: 'if (frame.sequence > sequence || firstSequence > sequence) return undefined;',
      },
    ],
  },
  callsCleanWhatIsUnderWay: {
    what: 'a sync calls a segment clean to which a write was under way that the sync did not see',
    thought: 'It is dirty from the moment of the write.',
    breaks: ['D1'],
    finder: CRASHES,
    patches: [
      {
        file: SEGMENT,
        from: `        await file.write(this.#state.bytes, parts, options);
        this.#isDirty = true; // now: a sync that began before this write ended did not see it
`,
        to: `        this.#isDirty = true;
        await file.write(this.#state.bytes, parts, options);
`,
      },
    ],
  },
  forgetsTheNameOfADirectSegment: {
    what: 'a frame refers to a segment whose name is not synced',
    thought: 'The bytes are what counts; names are synced with the checkpoint.',
    breaks: ['D1'],
    finder: CRASHES,
    patches: [
      {
        file: 'src/log/partition-log.ts',
        from: `        await this.#writer.syncSegments();
        await this.#writer.syncNames();
`,
        to: '        await this.#writer.syncSegments();\n',
      },
    ],
  },
  countsWhatIsStillOnItsWay: {
    what: 'a large batch counts before its frame is durable, because the frame of the one before it became so meanwhile',
    thought: 'What counts is frozen when the write begins.',
    breaks: ['I2', 'D1'],
    finder: { test: 'src/log/counted.test.ts' },
    patches: [
      {
        file: SEGMENT,
        from: `    const index = await this.#indexToWrite();
    for (let from`,
        to: `    this.#counted ??= this.#state;
    const index = await this.#indexToWrite();
    for (let from`,
      },
      {
        file: SEGMENT,
        from: '    this.#counted ??= this.#state; // now: what is being written does not count because what lies before it began to\n',
        to: '',
      },
    ],
  },
  handsOutAfterTheLook: {
    what: 'a checkpoint frees the frames of batches that a large one took with it after the checkpoint looked',
    thought: 'Nothing was owed.',
    breaks: ['D1'],
    finder: { test: 'src/partition/direct-writes.test.ts' },
    patches: [
      {
        file: 'src/partition/checkpointer.ts',
        from: '    for (let wait = settled(); wait !== undefined; wait = settled()) await wait;\n',
        to: '    await settled();\n',
      },
      {
        file: DIRECT_WRITES,
        from: `  whenSettled(sequence: number): Promise<void> | undefined {
    const [first] = this.#underWay;
    if (first === undefined) return undefined;
    const { frame, written, firstSequence } = first;
    if (firstSequence > sequence) return undefined;
    return written.then(() => frame.durable);
  }
`,
        to: `  async whenSettled(sequence: number): Promise<void> {
    for (const { frame, written, firstSequence } of [...this.#underWay]) {
      if (firstSequence > sequence) return;
      await written;
      await frame.durable;
    }
  }
`,
      },
    ],
  },
  takesASyncForAWrite: {
    what: 'a sync of a segment that finds no room sends the batches back into the frame, and the broker goes on',
    thought: 'The disk is full, and the journal has kept the room.',
    breaks: ['D5'],
    finder: { test: 'src/partition/direct-writes.test.ts' },
    patches: [
      {
        file: PENDING_FRAME,
        from: '    await Promise.all([...homes].map((home) => home.syncWritten()));\n    return true;\n',
        to: `    return Promise.all([...homes].map((home) => home.syncWritten())).then(
      () => true,
      (error: unknown) => {
        if (!isDiskFull(error)) throw error;
        return false;
      },
    );
`,
      },
    ],
  },
  keepsItsRoomInPieces: {
    what: 'a frame that takes its batches back finds no place, for the free bytes lie in two files',
    thought: 'As many bytes are free as were let go.',
    breaks: ['V2'],
    finder: { test: 'src/partition/direct-writes.test.ts' },
    patches: [
      {
        file: JOURNAL,
        from: '    return this.#space.find(this.#sealedBytes + bytes, 0) !== undefined;\n',
        to: '    return this.#space.freeBytes >= bytes;\n',
      },
    ],
  },
  tellsOfItsOwnSegmentsOnly: {
    what: 'a frame does not tell of segments that a flush completed, and no manifest names',
    thought: 'Who begins a segment tells of it.',
    breaks: ['D1'],
    finder: CRASHES,
    patches: [
      {
        file: COURSE,
        from: '    const told = [...this.#rolled];\n',
        to: '    const told: SegmentState[] = [];\n',
      },
    ],
  },
  refersToTheBatchBefore: {
    what: 'a reference has the position behind its batch',
    thought: 'The segment ends there when the batch is written.',
    breaks: ['D6'],
    finder: { test: 'src/inspect/references.test.ts' },
    patches: [
      {
        file: 'src/partition/placement.ts',
        from: 'segmentPosition: segment.bytes - batch.sizeInBytes,',
        to: 'segmentPosition: segment.bytes,',
      },
    ],
  },
  leavesFramesWhereTheyWere: {
    what: 'a frame that takes its batches back grows over the one behind it',
    thought: 'Every frame has had its place since its first entry.',
    breaks: ['V2', 'D1'],
    finder: { test: 'src/partition/direct-writes.test.ts' },
    patches: [
      {
        file: JOURNAL,
        from: `    for (const one of [frame, ...moved]) {
      this.#move(one, one.length);
      this.#space.passed(one.length);
    }
    if (this.#building !== undefined) this.#move(this.#building, this.#building.sizeWith(0, 0));
`,
        to: '',
      },
    ],
  },
  reliesOnTheNewestManifest: {
    what: 'frames name only the segments that the newest manifest does not know',
    thought: 'Who reads the journal has read the newest manifest.',
    breaks: ['D6'],
    finder: { test: 'src/partition/direct-writes.test.ts' },
    patches: [
      {
        file: 'src/log/course.ts',
        from: '    this.listed(this.#savedBase);\n    this.#savedBase = baseOffset;\n',
        to: '    this.listed(baseOffset);\n',
      },
    ],
  },
};
