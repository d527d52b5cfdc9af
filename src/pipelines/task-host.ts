/**
 * TaskHost: a task with its writer. Opening is recovery, in this order:
 *
 *   open the writer   (an earlier owner is fenced, what it left open is aborted)
 *   read positions    (final now)
 *   read changelog    (final now) -> store -> task
 *   read tables       (to their end as it is now) -> task
 *
 * What the task asks outside is on its way as soon as it is asked (outside/). A commit waits a little for the last answers; when
 * they do not come, it is not done, and until it is, no more records are taken.
 *
 * When a commit fails, nobody knows what became of it: the host is closed and another one opened. That one knows.
 */
import {
  committedTablePosition,
  type CommittedRows,
  type Output,
  type Row,
  Task,
  type TaskSettings,
  type Work,
} from '../streams/index.ts';
import { type EventSink, partitionOfKey } from '../base/index.ts';
import type { Clock } from '../env/index.ts';
import { recordOf } from './changelog.ts';
import type { Fetched, LogClient, Membership, Position, Transaction, Writer } from './log-client.ts';
import { openAnswerers } from './outside/answerers.ts';
import { Asking } from './outside/asking.ts';
import { tellLeftState } from './left-state.ts';
import type { Pinned } from './pin-watch.ts';
import { bringOutside, openStore } from './store/open-store.ts';
import type { TaskStore } from './store/task-store.ts';
import type { Reach } from './reach.ts';

export type HostSettings = Omit<TaskSettings, 'store' | 'wallMs'>;

export interface HostWorld extends Reach {
  readonly client: LogClient;
  readonly membership: Membership;
  readonly clock: Clock;
  readonly events: EventSink | undefined;
}

interface Parts {
  readonly task: Task;
  readonly asking: Asking;
  readonly store: TaskStore;
  readonly writer: Writer;
}

/** A commit waits so long for answers, and other tasks of the process with it. */
const SETTLE_MS = 500;
const OUTSIDE_MS = 5_000;
const REACH_MS = 1_000;
/** So many records and questions wait for answers; then no more records are taken. */
const WAITING_MAX = 10_000;

export class TaskHost {
  readonly #settings: HostSettings;
  readonly #task: Task;
  readonly #asking: Asking;
  readonly #store: TaskStore;
  readonly #writer: Writer;
  /** Topic -> the offset to read next. Of streams; the task itself knows how far it has read tables. */
  readonly #positions: Map<string, number>;
  /** Topic -> the offset that is committed. */
  readonly #committed: Map<string, number>;
  /** A commit was due and answers are missing. */
  #isOverdue = false;

  private constructor(
    settings: HostSettings,
    { task, asking, store, writer }: Parts,
    positions: Map<string, number>,
  ) {
    this.#settings = settings;
    this.#task = task;
    this.#asking = asking;
    this.#store = store;
    this.#writer = writer;
    this.#positions = positions;
    this.#committed = new Map(positions);
  }

  static async open(settings: HostSettings, world: HostWorld): Promise<TaskHost> {
    const { layout, stage, partition } = settings;
    const { client, membership, clock, events, programs, http, spaceOf } = world;
    const { name: pipeline, guarantee } = layout.settings;
    const writer = await client.open(`${pipeline}-${stage.name}-${partition}`, guarantee);
    let store: TaskStore | undefined;
    let opened: Asking | undefined;
    try {
      const positions = new Map<string, number>();
      for (const topic of inputsWith(settings))
        positions.set(topic, await membership.committed(topic, partition));
      const onLeft = (left: ReadonlyMap<string, number>) =>
        tellLeftState(events, { task: `${stage.name}/${partition}`, changelog: stage.changelog! }, left);
      store = await openStore({ ...settings, wallMs: clock.now() }, { client, spaceOf, onLeft });
      const task = new Task({ ...settings, store, wallMs: clock.now() });
      for (const from of tablePositions(settings, task))
        for await (const { records, next } of client.readAll(from)) {
          for (const record of records) task.process(record, clock.now());
          task.skip(from.topic, from.partition, next);
        }
      const answerers = await openAnswerers(stage, { pipeline, partition, clock, events, programs, http });
      const asking = new Asking(task, answerers, world);
      opened = asking;
      await bringOutside(task, client, async (rows) => {
        await withinTime(asking.reach(), REACH_MS, clock);
        await withinTime(asking.remember(rows), OUTSIDE_MS, clock);
      });
      return new TaskHost(settings, { task, asking, store, writer }, positions);
    } catch (error) {
      await opened?.close();
      await store?.close();
      await writer.close();
      throw error;
    }
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#task.counts;
  }

  pinned(): Pinned[] {
    const { pinned } = this.#task;
    return pinned === undefined ? [] : [{ ...pinned, partition: this.#settings.partition }];
  }

  /** Of streams. What lies before is never read again. */
  committed(): Position[] {
    const { partition } = this.#settings;
    return [...this.#committed].map(([topic, offset]) => ({ topic, partition, offset }));
  }

  /** Committed. */
  get rows(): CommittedRows {
    return this.#store;
  }

  /** Before which offset all is in `rows`; 0 for what it does not read. */
  committedAt(topic: string, partition: number): number {
    if (this.#positionIn(topic, partition) === undefined) return 0;
    return this.#committed.get(topic) ?? committedTablePosition(this.#store, topic, partition);
  }

  /** Where to read on, streams and tables; nowhere as long as too much waits for answers, in tables alone while it pauses. */
  positions(): Position[] {
    if (this.#isOverdue || this.#task.waiting > WAITING_MAX) return [];
    const { partition } = this.#settings;
    const streams = this.#task.isPaused ? [] : this.#streams(partition);
    return [...streams, ...tablePositions(this.#settings, this.#task)];
  }

  #streams(partition: number): Position[] {
    return [...this.#positions].map(([topic, offset]) => ({ topic, partition, offset }));
  }

  /** Records of another place came from a fetch that was under way when the task was opened. */
  expects({ topic, partition, offset, next }: Fetched): boolean {
    if (this.#asking.hasFailed) return false;
    const from = this.#positionIn(topic, partition);
    return from !== undefined && offset <= from && from < next;
  }

  /** What it has read already is left out: several tasks read a table, and not all are equally far. */
  process({ topic, partition, records, next }: Fetched, wallMs: number): void {
    const from = this.#positionIn(topic, partition)!;
    for (const record of records) if (record.offset >= from) this.#task.process(record, wallMs);
    this.#task.skip(topic, partition, next);
    if (this.#positions.has(topic)) this.#positions.set(topic, next);
    this.#asking.send();
  }

  /** Undefined: it does not read that. */
  #positionIn(topic: string, partition: number): number | undefined {
    const ours = this.#settings.partition;
    if (this.#positions.has(topic)) return partition === ours ? this.#positions.get(topic) : undefined;
    const table = this.#settings.stage.tables.find((one) => one.topic === topic);
    if (table === undefined || (!table.isGlobal && partition !== ours)) return undefined;
    return this.#task.tablePosition(topic, partition);
  }

  /** Where outputs may stand twice, they need not wait for the commit. */
  send(): void {
    if (this.#writer.send === undefined) return;
    const outputs = this.#task.takeOutputs();
    if (outputs.length > 0) this.#writer.send(this.#placed(outputs));
  }

  /** How many records and rows there were; 0 also when answers are missing. */
  async commit(membership: Membership, wallMs: number): Promise<number> {
    this.#task.tick(wallMs);
    this.#isOverdue = !(await this.#asking.settle(SETTLE_MS));
    if (this.#isOverdue) return 0;
    const work = this.#task.take();
    if (work === undefined) return this.#keepDerived();
    await this.#write(work, membership, wallMs);
    await this.#store.settled(); // what the commit before brought
    // At least so far: what ends a transaction has an offset too, and is not counted.
    this.#task.committed(this.#store.changelogOffset + work.changes.length);
    for (const [topic, offset] of work.positions) this.#committed.set(topic, offset);
    void this.#asking.remember(work.changes); // in the queue before whatever is asked from now on
    return work.outputs.length + work.changes.length;
  }

  async #keepDerived(): Promise<number> {
    if (this.#settings.stage.tables.length === 0) return 0;
    await this.#store.settled();
    this.#task.keepDerived();
    return 0;
  }

  async close(): Promise<void> {
    await this.#asking.close();
    await this.#store.close();
    await this.#writer.close();
  }

  /** What was sent before is acknowledged, and then the rest is one transaction. */
  async #write(work: Work, membership: Membership, wallMs: number): Promise<void> {
    const { partition, stage } = this.#settings;
    const placed = this.#placed(work.outputs);
    const rows = work.changes.map((row: Row) => recordOf(row, stage.changelog!, partition, wallMs));
    const positions = [...work.positions].map(([topic, offset]) => ({ topic, partition, offset }));
    this.#writer.send?.(placed);
    const outputs = this.#writer.send === undefined ? [...placed, ...rows] : rows;
    await this.#writer.commit({ outputs, positions, membership });
  }

  #placed(outputs: readonly Output[]): Transaction['outputs'] {
    const { partition, partitionsOf } = this.#settings;
    return outputs.map((output) => {
      const { topic, key, value, headers, timestampMs } = output;
      const count = partitionsOf(topic);
      const byKey = () => (key === null ? partition % count : partitionOfKey(key, count));
      return { topic, partition: output.partition ?? byKey(), key, value, headers, timestampMs };
    });
  }
}

/** Others wait for the opening of this task. */
async function withinTime(work: Promise<void>, limitMs: number, clock: Clock): Promise<void> {
  const over = new AbortController();
  const late = clock.sleep(limitMs, over.signal).then(() => 'late');
  const how = await Promise.race([work, late]);
  over.abort();
  if (how === 'late') throw new Error(`Redis did not take what belongs there within ${limitMs / 1000} s`);
}

/** The input topics that have such a partition. */
function inputsWith({ stage, partition, partitionsOf }: HostSettings): string[] {
  return stage.inputs.filter((topic) => partition < partitionsOf(topic));
}

function tablePositions({ stage, partition, partitionsOf }: HostSettings, task: Task): Position[] {
  return stage.tables.flatMap(({ topic, isGlobal }) => {
    const all = Array.from({ length: partitionsOf(topic) }, (_, n) => n);
    const read = isGlobal ? all : all.filter((n) => n === partition);
    return read.map((n) => ({ topic, partition: n, offset: task.tablePosition(topic, n) }));
  });
}
