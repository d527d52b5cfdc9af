/** Bugs of pipelines inside the broker. */
import { PIPELINES, type PlantedBugs } from './planted-bug.ts';

const WRITER = 'src/pipelines/local/writer.ts';
const HOST = 'src/pipelines/task-host.ts';
const RUN = 'src/pipelines/run.ts';
const finder = PIPELINES;

export const PIPELINE_BUGS: PlantedBugs = {
  appliesStateBeforeTheCommit: {
    what: 'what a commit that failed would have changed counts all the same: the task goes on behind it',
    thought: 'Nothing was written, the answer says so; the task need not open again for that.',
    breaks: ['L3', 'X1', 'X3'],
    finder,
    patches: [
      {
        file: HOST,
        from: '    await this.#write(work, membership, wallMs);\n',
        to: '',
      },
      {
        file: HOST,
        from: '    this.#task.committed(this.#store.changelogOffset + work.changes.length);\n',
        to:
          '    this.#task.committed(this.#store.changelogOffset + work.changes.length);\n' +
          '    await this.#write(work, membership, wallMs);\n',
      },
      {
        file: RUN,
        from: '    await this.#close(slot);\n    if (isFinal(error)) throw error;\n',
        to: '    if (isFinal(error)) throw error;\n    if (slot.host !== undefined) return;\n',
      },
    ],
  },
  commitsOffsetsApart: {
    what: 'outputs and state are one frame, the offsets of the group the next one',
    thought: 'The offsets follow in the same turn, and frames become durable in order.',
    breaks: ['L3', 'X3'],
    finder,
    patches: [
      {
        file: WRITER,
        from: 'appendTogether(partitions, outputs, own, clock.now()));\n    if (frame === undefined) return undefined;\n',
        to:
          'appendTogether(partitions, outputs, [], clock.now()));\n    if (frame === undefined) return undefined;\n' +
          '    if (own.length > 0) {\n      partitions.journal.mark();\n      appendTogether(partitions, [], own, clock.now());\n    }\n',
      },
    ],
  },
  forgetsTheTailOfTheChangelog: {
    what: 'a task that opens reads the first part of its changelog, not what came in the meantime',
    thought: 'One read brings a mebibyte, and state is small.',
    breaks: ['L2', 'X1'],
    finder,
    patches: [
      {
        file: 'src/pipelines/store/open-store.ts',
        from: '    loader.replay(records.map(rowOf), next);\n    await store.settled();\n',
        to: '    loader.replay(records.map(rowOf).slice(0, 200), next);\n    await store.settled();\n    break;\n',
      },
    ],
  },
  letsTheStaleOwnerCommit: {
    what: 'an owner that was replaced still commits: two tasks do the same work',
    thought: 'Inside the broker there is one process, and the group says whose a partition is.',
    breaks: ['L3', 'X1'],
    finder,
    patches: [{ file: WRITER, from: '    this.#requireOwner();\n', to: '' }],
  },
  asksForTheOwnerTooEarly: {
    what: 'who owns the task is asked before the wait for room in the journal, and not again behind it',
    thought: 'A writer that is refused should not wait for room first.',
    breaks: ['L3', 'X1'],
    finder: { test: 'src/pipelines/local/owner.test.ts' },
    patches: [
      { file: WRITER, from: '    this.#requireOwner();\n', to: '' },
      {
        file: WRITER,
        from: '    const batches = outputBatches(this.#log, outputs);\n',
        to: '    this.#requireOwner();\n    const batches = outputBatches(this.#log, outputs);\n',
      },
    ],
  },
  readsWhereItStandsBeforeTheFence: {
    what: 'a task reads its positions before the earlier owner is fenced, and his last commit is done again',
    thought: 'The offsets are needed first, and reading them changes nothing.',
    breaks: ['L2', 'X1'],
    finder: { test: 'src/pipelines/local/owner.test.ts' },
    patches: [
      {
        file: HOST,
        from: '    const writer = await client.open(',
        to:
          '    const positions = new Map<string, number>();\n    for (const topic of inputsWith(settings))\n' +
          '      positions.set(topic, await membership.committed(topic, partition));\n    const writer = await client.open(',
      },
      {
        file: HOST,
        from:
          '      const positions = new Map<string, number>();\n      for (const topic of inputsWith(settings))\n' +
          '        positions.set(topic, await membership.committed(topic, partition));\n',
        to: '',
      },
    ],
  },
  trimsWhatWasRead: {
    what: 'repartition topics are deleted up to where their readers have read, not to what they have committed',
    thought: 'What was read is in the state of its task, and nobody reads it again.',
    breaks: ['X1'],
    finder: { test: 'src/pipelines/trim.test.ts' },
    patches: [
      { file: HOST, from: 'return [...this.#committed].map(', to: 'return [...this.#positions].map(' },
    ],
  },
  splitsWhatNoFrameHolds: {
    what: 'what one frame cannot hold is written in two, one after the other, instead of in a transaction',
    thought: 'It is rare, and the frames follow each other.',
    breaks: ['L3', 'X3'],
    finder,
    patches: [
      {
        file: WRITER,
        from: '    this.#producer = await commitInTransaction(this.#log, {\n',
        to:
          '    if (mayNotWait) {\n      for (const [n, batch] of batches.entries())\n        await this.#appendTogether(membership.group, [batch], [records[n]!], []);\n' +
          '      await this.#appendTogether(membership.group, [], [], places);\n      return;\n    }\n    this.#producer = await commitInTransaction(this.#log, {\n',
      },
    ],
  },
};
