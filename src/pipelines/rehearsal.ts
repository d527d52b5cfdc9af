/**
 * Rehearsal: a LogClient that reads a log and writes nothing: for a pipeline that is tried with real records. Outputs, state and
 * offsets stay in memory, and what the pipeline left in the log when it really ran is not seen.
 *
 *   inputs, tables <-- the log, within the ranges        outputs -> onOutput        hops, changelogs, offsets -> memory
 *
 *   R1  nothing is created, written or committed in the log, and no group is joined
 *   R2  state on disk and caches outside are left alone: run what `rehearsed` answers
 *   R3  it `isDone` when everything within the ranges has gone all the way through
 */
import { assert } from '../base/index.ts';
import type { Clock } from '../env/index.ts';
import type { Layout, LogRecord, Pipeline, StageNode } from '../streams/index.ts';
import type {
  Fetched,
  LogClient,
  Membership,
  NewTopic,
  Position,
  Transaction,
  Writer,
} from './log-client.ts';

/** Offsets of one partition, the second one excluded. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface RehearsalOptions {
  readonly layout: Layout;
  readonly clock: Clock;
  /** Topic -> what to read of each partition. */
  readonly ranges: ReadonlyMap<string, readonly Range[]>;
  /** In the order in which each partition would get them. */
  readonly onOutput: (record: LogRecord) => void;
}

/** The same pipeline with its state in memory, wherever it lies when it really runs, and with stand-ins for caches outside. */
export function rehearsed(pipeline: Pipeline): Pipeline {
  const settings = { ...pipeline.settings, state: { store: 'memory' } as const };
  const stages = pipeline.layout.stages.map((stage) => ({
    ...stage,
    nodes: stage.nodes.map((one) => ({ ...one, node: withPretence(one.node) })),
  }));
  return { ...pipeline, settings, layout: { ...pipeline.layout, settings, stages } };
}

function withPretence(node: StageNode['node']): StageNode['node'] {
  if (node.kind !== 'step' || node.outside?.pretend === undefined) return node;
  return { ...node, outside: { ...node.outside, kind: 'pretence', settings: node.outside.pretend } };
}

/** Where a step holds records by reference, the position stays at the oldest of them, though all were read. */
function pinnedInputs({ stages }: Layout): Set<string> {
  const pinning = stages.filter(({ nodes }) =>
    nodes.some(({ node }) => node.kind === 'step' && node.outside?.isPinning === true),
  );
  return new Set(pinning.flatMap(({ inputs }) => inputs));
}

type Placed = Transaction['outputs'][number];

const POLL_MS = 5;

export class Rehearsal implements LogClient {
  readonly recordsPerCommit: number;
  readonly #log: LogClient;
  readonly #options: RehearsalOptions;
  /** Topics that the pipeline makes for itself. */
  readonly #own: ReadonlySet<string>;
  readonly #memory = new Map<string, LogRecord[][]>();
  readonly #readers = new Map<string, Reader>();
  /** `topic/partition` -> the offset behind what is done. */
  readonly #done = new Map<string, number>();
  /** The same behind what was read. */
  readonly #asked = new Map<string, number>();
  readonly #pinned: ReadonlySet<string>;
  readonly #nextOffset = new Map<string, number>();
  #assignment: ReadonlyMap<string, readonly number[]> = new Map();

  constructor(log: LogClient, options: RehearsalOptions) {
    this.#log = log;
    this.recordsPerCommit = log.recordsPerCommit;
    this.#options = options;
    this.#pinned = pinnedInputs(options.layout);
    this.#own = new Set(options.layout.topics.map(({ name }) => name));
  }

  get isDone(): boolean {
    for (const [topic, partitions] of this.#assignment)
      for (const partition of partitions) {
        const reached = this.#pinned.has(topic) ? this.#asked : this.#done;
        const at = reached.get(`${topic}/${partition}`) ?? this.#start(topic, partition);
        if (at < this.#end(topic, partition)) return false;
      }
    return this.#assignment.size > 0;
  }

  /** `table of a step` -> rows that it keeps at the end. */
  get kept(): ReadonlyMap<string, number> {
    const live = new Map<string, Set<string>>();
    for (const { name, kind } of this.#options.layout.topics)
      if (kind === 'changelog')
        for (const { partition, key, value } of (this.#memory.get(name) ?? []).flat()) {
          const [table = '', row] = key!.toString().split('\0');
          const rows = live.get(table) ?? new Set();
          live.set(table, rows);
          if (value === null) rows.delete(`${partition} ${row}`);
          else rows.add(`${partition} ${row}`);
        }
    return new Map([...live].map(([table, rows]) => [table, rows.size]));
  }

  async partitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const counts = new Map(await this.#log.partitions(topics.filter((name) => !this.#own.has(name))));
    for (const name of topics) {
      const made = this.#memory.get(name);
      if (made !== undefined) counts.set(name, made.length);
    }
    return counts;
  }

  async create({ name, partitions = 1 }: NewTopic): Promise<void> {
    const none = Array.from({ length: partitions }, (): LogRecord[] => []);
    if (!this.#memory.has(name)) this.#memory.set(name, none);
  }

  async join(_group: string, topics: readonly string[]): Promise<Membership> {
    const count = (name: string) => this.#memory.get(name)?.length ?? this.#options.ranges.get(name)!.length;
    this.#assignment = new Map(
      [...new Set(topics)].map((name) => [name, Array.from({ length: count(name) }, (_, n) => n)]),
    );
    return {
      generation: 1,
      assignment: this.#assignment,
      committed: async (topic, partition) =>
        this.#done.get(`${topic}/${partition}`) ?? this.#start(topic, partition),
      fetch: (positions, waitMs) => this.#fetch(positions, waitMs),
      leave: async () => undefined,
    };
  }

  async open(): Promise<Writer> {
    return {
      commit: async ({ outputs, positions }) => {
        for (const output of outputs) this.#take(output);
        for (const { topic, partition, offset } of positions) this.#done.set(`${topic}/${partition}`, offset);
      },
      close: async () => undefined,
    };
  }

  async *readAll(from: Position): AsyncIterable<Fetched> {
    const made = this.#memory.get(from.topic);
    if (made === undefined) return yield* this.#log.readAll(from);
    const records = made[from.partition]!.slice(from.offset);
    if (records.length > 0) yield { ...from, records, next: from.offset + records.length };
  }

  async close(): Promise<void> {
    for (const reader of this.#readers.values()) await reader.close();
  }

  async #fetch(positions: readonly Position[], waitMs: number): Promise<readonly Fetched[]> {
    const found: Fetched[] = [];
    for (const position of positions) {
      this.#asked.set(`${position.topic}/${position.partition}`, position.offset);
      const fetched = await this.#next(position);
      if (fetched !== undefined) found.push(fetched);
    }
    if (found.length === 0) await this.#options.clock.sleep(Math.min(waitMs, POLL_MS));
    return found;
  }

  /** Tables were read to their end when their task was opened: of them, and behind a range, there is nothing. */
  async #next(position: Position): Promise<Fetched | undefined> {
    const { topic, partition, offset } = position;
    const made = this.#memory.get(topic)?.[partition];
    if (made !== undefined) {
      const records = made.slice(offset);
      return records.length === 0 ? undefined : { ...position, records, next: offset + records.length };
    }
    if (offset >= this.#end(topic, partition)) return undefined;
    const name = `${topic}/${partition}`;
    let reader = this.#readers.get(name);
    if (reader?.next !== offset) {
      await reader?.close();
      reader = new Reader(this.#log.readAll(position), offset);
      this.#readers.set(name, reader);
    }
    return reader.read(this.#options.ranges.get(topic)![partition]!.to);
  }

  #start(topic: string, partition: number): number {
    return this.#options.ranges.get(topic)?.[partition]?.from ?? 0;
  }

  #end(topic: string, partition: number): number {
    const made = this.#memory.get(topic)?.[partition];
    if (made !== undefined) return made.length;
    const reader = this.#readers.get(`${topic}/${partition}`);
    return reader?.isAtEnd === true ? reader.next : (this.#options.ranges.get(topic)?.[partition]?.to ?? 0);
  }

  #take({ topic, partition, key, value, headers, timestampMs }: Placed): void {
    const isInner = this.#own.has(topic) && topic !== this.#options.layout.settings.deadLetterTopic;
    const name = `${topic}/${partition}`;
    const made = this.#memory.get(topic)?.[partition];
    const offset = isInner ? made!.length : (this.#nextOffset.get(name) ?? 0);
    const record = { topic, partition, offset, timestampMs, key, value, headers };
    if (isInner) made!.push(record);
    else {
      this.#nextOffset.set(name, offset + 1);
      this.#options.onOutput(record);
    }
  }
}

/** One partition of the log, from one place on. */
class Reader {
  readonly #iterator: AsyncIterator<Fetched>;
  next: number;
  isAtEnd = false;

  constructor(records: AsyncIterable<Fetched>, from: number) {
    this.#iterator = records[Symbol.asyncIterator]();
    this.next = from;
  }

  async read(to: number): Promise<Fetched | undefined> {
    const { done, value } = await this.#iterator.next();
    if (done === true) {
      this.isAtEnd = true;
      return undefined;
    }
    const { topic, partition, offset, records, next } = value;
    assert(offset === this.next, 'a log is read in order');
    this.next = Math.min(next, to);
    this.isAtEnd = this.next === to;
    return {
      topic,
      partition,
      offset,
      records: records.filter((record) => record.offset < to),
      next: this.next,
    };
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
