/**
 * TaskHost: a task with its writer. Opening is recovery, in this order:
 *
 *   open the writer   (an earlier owner is fenced, what it left open is aborted)
 *   read positions    (final now)
 *   read changelog    (final now) ─► store ─► task
 *
 * When a commit fails, nobody knows what became of it: the host is closed and another one opened. That one knows.
 */
import {
  type LogRecord,
  MemoryStore,
  type Row,
  Task,
  type TaskSettings,
  type Work,
} from '../streams/index.ts';
import { partitionOfKey } from '../base/index.ts';
import { recordOf, rowOf } from './changelog.ts';
import type { LogClient, Membership, Position, Writer } from './log-client.ts';

export type HostSettings = Omit<TaskSettings, 'store' | 'wallMs'>;

export class TaskHost {
  readonly #settings: HostSettings;
  readonly #task: Task;
  readonly #writer: Writer;
  /** Topic → the offset to read next. */
  readonly #positions: Map<string, number>;

  private constructor(settings: HostSettings, task: Task, writer: Writer, positions: Map<string, number>) {
    this.#settings = settings;
    this.#task = task;
    this.#writer = writer;
    this.#positions = positions;
  }

  static async open(
    settings: HostSettings,
    client: LogClient,
    membership: Membership,
    now: () => number,
  ): Promise<TaskHost> {
    const { layout, stage, partition } = settings;
    const writer = await client.open(`${layout.settings.name}-${stage.name}-${partition}`);
    try {
      const positions = new Map<string, number>();
      for (const topic of inputsWith(settings))
        positions.set(topic, await membership.committed(topic, partition));
      const store = new MemoryStore();
      if (stage.changelog !== undefined) {
        const loader = new Task({ ...settings, store, wallMs: now() });
        const from = { topic: stage.changelog, partition, offset: store.changelogOffset };
        for await (const { records, next } of client.readAll(from)) loader.replay(records.map(rowOf), next);
      }
      return new TaskHost(settings, new Task({ ...settings, store, wallMs: now() }), writer, positions);
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#task.counts;
  }

  positions(): Position[] {
    const { partition } = this.#settings;
    return [...this.#positions].map(([topic, offset]) => ({ topic, partition, offset }));
  }

  process(topic: string, records: readonly LogRecord[], next: number, wallMs: number): void {
    for (const record of records) this.#task.process(record, wallMs);
    this.#task.skip(topic, next);
    this.#positions.set(topic, next);
  }

  /** How many records and rows there were. */
  async commit(membership: Membership, wallMs: number): Promise<number> {
    this.#task.tick(wallMs);
    const work = this.#task.take();
    if (work === undefined) return 0;
    await this.#writer.commit({ ...this.#transaction(work, wallMs), membership });
    this.#task.committed(0);
    return work.outputs.length + work.changes.length;
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  #transaction({ outputs, changes, positions }: Work, wallMs: number) {
    const { partition, stage, partitionsOf } = this.#settings;
    const rows = changes.map((row: Row) => recordOf(row, stage.changelog!, partition, wallMs));
    const placed = outputs.map((output) => {
      const count = partitionsOf(output.topic);
      const byKey = output.key === null ? partition % count : partitionOfKey(output.key, count);
      return { ...output, partition: output.partition ?? byKey };
    });
    return {
      outputs: [...placed, ...rows],
      positions: [...positions].map(([topic, offset]) => ({ topic, partition, offset })),
    };
  }
}

/** The input topics that have such a partition. */
function inputsWith({ stage, partition, partitionsOf }: HostSettings): string[] {
  return stage.inputs.filter((topic) => partition < partitionsOf(topic));
}
