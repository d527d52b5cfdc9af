/** Bugs of checkpoints, the manifest and a clean stop: what is named, synced, released and unlinked, in which order. */
import { CRASHES, type PlantedBugs, UNDER_FAULTS } from './planted-bug.ts';

const CHECKPOINTER = 'src/partition/checkpointer.ts';
const COMPACTION_TEST = { test: 'src/partition/compaction.test.ts' } as const;
const MANIFEST = 'src/log/manifest.ts';

export const CHECKPOINT_BUGS: PlantedBugs = {
  releasesBeforeTheManifest: {
    what: 'the journal is freed while the manifest that replaces it is being written',
    thought: 'The segments are synced: the frames are not needed any more.',
    breaks: ['D1'],
    finder: CRASHES,
    patches: [
      {
        file: CHECKPOINTER,
        from: `    await this.writeManifest(mark.start, false); // C1
    journal.release(mark); // C2`,
        to: `    journal.release(mark); // C2
    await this.writeManifest(mark.start, false); // C1`,
      },
    ],
  },
  namesUnsyncedSegments: {
    what: 'the manifest names bytes of segments that were never synced',
    thought: 'The journal has them all, so segments may stay buffered.',
    breaks: ['D1', 'D6'],
    finder: UNDER_FAULTS,
    patches: [{ file: CHECKPOINTER, from: '      if (!together) await partition.log.sync();\n', to: '' }],
  },
  snapshotsAfterTheMark: {
    what: 'the epochs and producers of a checkpoint are taken once its frames are durable, ahead of the mark',
    thought: 'What is not durable yet has no business in a snapshot.',
    breaks: ['I1', 'O7'],
    finder: CRASHES,
    patches: [
      {
        file: CHECKPOINTER,
        from: `    const marked = new Map(partitions.map((partition) => [partition, snapshotOf(partition)])); // C3
    await mark.durable;`,
        to: `    await mark.durable;
    const marked = new Map(partitions.map((partition) => [partition, snapshotOf(partition)])); // C3`,
      },
    ],
  },
  takesTheLogStartAtTheMark: {
    what: 'a log start whose frame lies before the mark, and took effect behind it, is gone after the checkpoint',
    thought: 'Everything that a checkpoint says is as of its mark.',
    breaks: ['K6'],
    finder: { test: 'src/partition/log-start.test.ts' },
    patches: [
      {
        file: CHECKPOINTER,
        from: '    const mark = journal.mark();\n',
        to: '    const mark = journal.mark();\n    const starts = new Map(partitions.map((one) => [one, one.logStartOffset]));\n',
      },
      {
        file: CHECKPOINTER,
        from: '      const { logStartOffset } = partition;\n',
        to: '      const logStartOffset = starts.get(partition)!;\n',
      },
    ],
  },
  forgetsTheLogStartOfAQuietPartition: {
    what: 'a log start whose frame a checkpoint frees is in no manifest when nothing else of the partition changed',
    thought: 'The partition has changed once the log start took effect.',
    breaks: ['K6'],
    finder: { test: 'src/partition/log-start.test.ts' },
    patches: [
      {
        file: 'src/partition/partitions.ts',
        from: '      this.#checkpointer.changed(partition); // a checkpoint that marks behind this frame releases it\n',
        to: '',
      },
    ],
  },
  flushesWhatIsNotDurable: {
    what: 'batches whose frame is still on its way are written to segments and let go from memory',
    thought: 'They have their offset and their place in the journal; the flush may take them along.',
    breaks: ['O1', 'D1'],
    finder: CRASHES,
    patches: [
      {
        file: CHECKPOINTER,
        from: 'partition.tail.hand(durableSequence, IN_A_PIECE); // C4',
        to: 'partition.tail.hand(Number.POSITIVE_INFINITY, IN_A_PIECE); // C4',
      },
    ],
  },
  forgetsThatItStops: {
    what: 'what comes while a clean stop saves everything is appended, and not saved',
    thought: 'The connections are closed already.',
    breaks: ['D1'],
    finder: { test: 'src/partition/stop.test.ts' },
    patches: [{ file: 'src/partition/partitions.ts', from: '    this.#journal.stopTaking();\n', to: '' }],
  },
  unlinksBeforeTheManifest: {
    what: 'segments that compaction replaced are unlinked before a manifest that names the new ones is durable',
    thought: 'The new ones are synced: the old ones only take space.',
    breaks: ['K5', 'D6'],
    finder: COMPACTION_TEST,
    patches: [
      {
        file: CHECKPOINTER,
        from: '    await this.writeManifest(mark.start, false); // C1\n',
        to: `    for (const [partition, replaced] of retired) this.#dispose(partition, replaced);
    await this.#parts.disposal.run();
    await this.writeManifest(mark.start, false); // C1
`,
      },
    ],
  },
  removesPinnedOrphans: {
    what: 'the look for what a crash left behind removes a deleted partition that a backup is copying',
    thought: 'Nothing names the folder, so nobody needs it.',
    breaks: ['D6'],
    finder: { test: 'src/partition/pin.test.ts' },
    patches: [
      {
        file: 'src/log/orphans.ts',
        from: '    await files.remove(directory);',
        to: '    await disk.remove(directory);',
      },
    ],
  },
  leaksMemoryOfDeletedTopics: {
    what: 'batches of a deleted topic count as memory for ever, until produce waits for room that never comes',
    thought: 'The partition is gone, and its tail with it.',
    breaks: ['V2', 'V3'],
    finder: { test: 'src/partition/before-durable.test.ts' },
    patches: [{ file: CHECKPOINTER, from: '    this.tailBytes -= partition.tail.bytes;\n', to: '' }],
  },
  closesWithOneCheckpoint: {
    what: 'a clean stop forgets what was appended while its checkpoint ran',
    thought: 'Nothing can be appended any more, and a checkpoint takes all there is.',
    breaks: ['D1'],
    finder: { test: 'src/partition/clean-close.test.ts' },
    patches: [
      {
        file: 'src/partition/clean-close.ts',
        from: '  do await checkpointer.checkpoint();\n  while (checkpointer.isDirty || checkpointer.isRunning);\n',
        to: '  await checkpointer.checkpoint();\n',
      },
    ],
  },
  marksCleanAtTheFirstCheckpoint: {
    what: 'the manifest of every checkpoint says that the folder was closed cleanly',
    thought: 'After a checkpoint everything is in the segments, as after a stop.',
    breaks: ['O7'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: CHECKPOINTER,
        from: 'await this.writeManifest(mark.start, false); // C1',
        to: 'await this.writeManifest(mark.start, true); // C1',
      },
    ],
  },
  writesOverTheNewestManifest: {
    what: 'the first manifest of a life is written over the newest copy instead of the older one',
    thought: 'This copy was read, so it is the one that is current: write there.',
    breaks: ['D1', 'D6'],
    finder: { test: 'src/log/manifest.test.ts' },
    patches: [
      { file: MANIFEST, from: 'this.#next = otherThan(newest.file);', to: 'this.#next = newest.file;' },
    ],
  },
  writesManifestUnsynced: {
    what: 'a manifest counts once it is written',
    thought: 'There are two copies: one of them is always whole.',
    breaks: ['D1'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: MANIFEST,
        from: `      if (file.size > bytes.length) await file.truncate(bytes.length);
      await file.sync();`,
        to: '      if (file.size > bytes.length) await file.truncate(bytes.length);',
      },
    ],
  },
  forgetsTheFolderOfSegments: {
    what: 'the names of new segment files are not synced',
    thought: 'The bytes of every segment are synced by the checkpoint.',
    breaks: ['D1', 'D6'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/log/log-writer.ts',
        from: "      if (before.bytes === 0) this.#noteNames(isFirst ? 'directory' : 'files');\n",
        to: '',
      },
    ],
  },
  answersFullDiskAsSuccess: {
    what: 'a segment write that finds no space counts as done',
    thought:
      'Everything is in the journal: a segment that could not be written is made good at the next start.',
    breaks: ['D1', 'D6'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/partition/patient-disk.ts',
        from: '        await clock.sleep(RETRY_MS, stopped);\n',
        to: '        await clock.sleep(RETRY_MS, stopped);\n        return undefined as T;\n',
      },
    ],
  },
};
