/**
 * Driver: a pipeline in a test, without a broker: topics are arrays, the clock stands until the test moves it.
 *
 *   const driver = orders.test({ partitions: { raw: 3 } })
 *   driver.write('raw', { key: 'a', value: { ... } })      what can be processed is processed at once, over all stages
 *   driver.advance('30s')                                time passes
 *   driver.crash()                                       all memory is lost; tasks come back from their changelogs
 *   driver.read('clean')                                 what came out since the last read
 *
 * Steps that ask outside: `answers: { enrich: (question) => ... }` answers at once. Without that the test does it when it wants:
 *
 *   driver.questions                                     what is asked and not answered
 *   driver.answer(driver.questions[0]!, { ... })           in any order; until all are answered nothing of that task is committed
 */
import { assert, partitionOfKey } from '../../base/index.ts';
import type { Answer, Output } from '../operators/operator.ts';
import { type Layout, type Stage } from '../plan/layout.ts';
import type { Header } from '../record.ts';
import { CacheLost } from '../plan-error.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { Row } from '../store/state-store.ts';
import { type LogRecord, taskCount } from '../task/entry.ts';
import type { Question } from '../task/questions.ts';
import { Task } from '../task/task.ts';
import { type Duration, durationMs } from '../time/duration.ts';

export interface DriverOptions {
  /** Of input topics; default 1. */
  readonly partitions?: Readonly<Record<string, number>>;
  /** Where the clock stands at first; default 0. */
  readonly nowMs?: number;
  /** Step -> what answers its questions, at once; what it throws is a refusal. */
  readonly answers?: Readonly<Record<string, (question: unknown) => unknown>>;
}

/** What a test writes: text and bytes as they are, everything else as JSON. */
export interface Written {
  readonly key?: unknown;
  readonly value?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the driver's clock. */
  readonly timestampMs?: number;
  /** Default: by the key; without a key 0. */
  readonly partition?: number;
}

type Answerer = (question: unknown) => Answer;

interface Host {
  readonly stage: Stage;
  readonly partition: number;
  readonly changelog: Row[];
  /** Committed. */
  readonly positions: Map<string, number>;
  /** Where to read on. */
  readonly reading: Map<string, number>;
  readonly answerers: ReadonlyMap<string, Answerer>;
  /** Step -> the committed rows of its outside table. */
  readonly outside: Map<string, Map<string, Buffer>>;
  readonly asked: Question[];
  task: Task;
}

export class Driver {
  readonly #layout: Layout;
  readonly #partitions: Readonly<Record<string, number>>;
  readonly #topics = new Map<string, LogRecord[][]>();
  readonly #read = new Map<string, number>();
  readonly #order = new Map<string, LogRecord[]>();
  readonly #hosts: Host[] = [];
  #nowMs: number;

  constructor(layout: Layout, { partitions = {}, nowMs = 0, answers = {} }: DriverOptions = {}) {
    this.#layout = layout;
    this.#partitions = partitions;
    this.#nowMs = nowMs;
    for (const stage of layout.stages)
      for (let partition = 0; partition < taskCount(stage, this.#partitionsOf); partition++) {
        const positions = new Map<string, number>();
        const outside = new Map(stage.nodes.map(({ name }) => [name, new Map<string, Buffer>()]));
        const answerers = answerersOf(stage, answers, outside);
        const host = {
          stage,
          partition,
          changelog: [],
          positions,
          reading: new Map(),
          answerers,
          outside,
          asked: [],
        };
        this.#hosts.push({ ...host, task: this.#open(host) });
      }
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** What steps counted, of all tasks since the last crash. */
  get counts(): ReadonlyMap<string, number> {
    const sum = new Map<string, number>();
    for (const { task } of this.#hosts)
      for (const [what, count] of task.counts) sum.set(what, (sum.get(what) ?? 0) + count);
    return sum;
  }

  /** Records that are written together are committed together. */
  write(topic: string, ...records: readonly Written[]): void {
    for (const record of records) {
      this.#append(topic, {
        ...(record.partition === undefined ? {} : { partition: record.partition }),
        key: bytes(record.key),
        value: bytes(record.value),
        headers: Object.entries(record.headers ?? {}).map(
          ([key, text]): Header => ({ key, value: Buffer.from(text) }),
        ),
        timestampMs: record.timestampMs ?? this.#nowMs,
      });
    }
    this.#run();
  }

  /** What is asked and nobody answered, of all tasks. */
  get questions(): readonly Question[] {
    return this.#hosts.flatMap(({ asked }) => asked);
  }

  answer(question: Question, value: unknown): void {
    this.#settle(question, { value });
  }

  /** There is no answer to it, and never will be. */
  refuse(question: Question, refusal: string): void {
    this.#settle(question, { refusal });
  }

  /** Moves the clock. Tasks notice at the end of it, as they would on a machine that was asleep. */
  advance(duration: Duration): void {
    this.#nowMs += durationMs(duration, 'advance');
    for (const stage of this.#layout.stages) {
      const hosts = this.#hosts.filter((host) => host.stage === stage);
      for (const { task } of hosts) task.tick(this.#nowMs);
      for (const host of hosts)
        while (!this.#finish(host)) {
          this.#run();
          host.task.tick(this.#nowMs);
        }
      this.#run();
    }
  }

  /** kill -9: what was not committed is gone, and all memory. Everything comes back from the changelogs. */
  crash(): void {
    for (const host of this.#hosts) this.#reopen(host);
    this.#run();
  }

  /** What was written to a topic since the last `read` of it, over all partitions in the order of writing. */
  read(topic: string): LogRecord[] {
    const records = this.#order.get(topic) ?? [];
    const from = this.#read.get(topic) ?? 0;
    this.#read.set(topic, records.length);
    return records.slice(from);
  }

  /** The same with values as JSON: what most tests want. */
  values(topic: string): unknown[] {
    return this.read(topic).map(({ value }) => (value === null ? null : JSON.parse(value.toString())));
  }

  /** The tables of a step and how many rows each would have after a crash: what it keeps must not grow for ever. */
  state(step: string): Record<string, number> {
    const rows = new Map<string, Set<string>>();
    for (const [n, { changelog }] of this.#hosts.entries())
      for (const { table, key, value } of changelog) {
        if (!table.startsWith(`${step}.`)) continue;
        const keys = rows.get(table) ?? new Set();
        rows.set(table, keys);
        if (value === null) keys.delete(`${n} ${key}`);
        else keys.add(`${n} ${key}`);
      }
    return Object.fromEntries([...rows].map(([table, keys]) => [table.slice(step.length + 1), keys.size]));
  }

  /** Until nothing is left to read. */
  #run(): void {
    let isMoving = true;
    while (isMoving) {
      isMoving = false;
      for (const host of this.#hosts) {
        if (host.task.waiting > 0) continue;
        const records = [
          ...this.#unreadRows(host),
          ...host.stage.inputs.flatMap((topic) => this.#unread(host, topic)),
        ];
        for (const record of records) {
          host.task.process(record, this.#nowMs);
          if (host.stage.inputs.includes(record.topic)) host.reading.set(record.topic, record.offset + 1);
        }
        this.#finish(host);
        isMoving ||= records.length > 0;
      }
    }
  }

  #unread({ partition, reading }: Host, topic: string): LogRecord[] {
    return this.#topics.get(topic)?.[partition]?.slice(reading.get(topic) ?? 0) ?? [];
  }

  /** Tables first: all that there is of them is known before the next record of a stream. */
  #unreadRows({ stage, partition, task }: Host): LogRecord[] {
    return stage.tables.flatMap(({ topic, isGlobal }) =>
      (this.#topics.get(topic) ?? []).flatMap((records, n) =>
        isGlobal || n === partition ? records.slice(task.tablePosition(topic, n)) : [],
      ),
    );
  }

  /** What was not committed is gone. */
  #reopen(host: Host): void {
    host.asked.length = 0;
    host.reading.clear();
    for (const [topic, position] of host.positions) host.reading.set(topic, position);
    host.task = this.#open(host);
  }

  /** False: what a step held outside is gone, and the task was opened anew. */
  #finish(host: Host): boolean {
    try {
      this.#settleAll(host);
      return true;
    } catch (error) {
      if (!(error instanceof CacheLost)) throw error;
      this.#reopen(host);
      return false;
    }
  }

  /** Answers what can be answered, and commits when nothing is open. */
  #settleAll(host: Host): void {
    for (let asked = host.task.questions(); asked.length > 0; asked = host.task.questions())
      for (const question of asked) {
        const answerer = host.answerers.get(question.step);
        if (answerer === undefined) host.asked.push(question);
        else host.task.answer(question.id, answerer(question.data));
      }
    if (host.task.waiting === 0) this.#commit(host);
  }

  #settle(question: Question, answer: Answer): void {
    const host = this.#hosts.find(({ asked }) => asked.includes(question));
    assert(host !== undefined, () => `question ${question.id} of step ${question.step} is not open`);
    host.asked.splice(host.asked.indexOf(question), 1);
    host.task.answer(question.id, answer);
    this.#finish(host);
    this.#run();
  }

  #commit(host: Host): void {
    const work = host.task.take();
    if (work === undefined) return;
    for (const output of work.outputs) this.#append(output.topic, output, host.partition);
    host.changelog.push(...work.changes);
    for (const { table, key, value } of work.changes) {
      const rows = host.outside.get(host.task.outsideTables.get(table) ?? '');
      if (value === null) rows?.delete(key);
      else rows?.set(key, value);
    }
    for (const [topic, position] of work.positions) host.positions.set(topic, position);
    host.task.committed(host.changelog.length);
  }

  #append(topic: string, output: Omit<Output, 'topic'>, ownPartition = 0): void {
    const count = this.#partitionsOf(topic);
    const partition =
      output.partition ?? (output.key === null ? ownPartition % count : partitionOfKey(output.key, count));
    let partitions = this.#topics.get(topic);
    if (partitions === undefined)
      this.#topics.set(topic, (partitions = Array.from({ length: count }, () => [])));
    const offset = partitions[partition]!.length;
    const { key, value, headers, timestampMs } = output;
    const record: LogRecord = { topic, partition, offset, timestampMs, key, value, headers };
    partitions[partition]!.push(record);
    const order = this.#order.get(topic);
    if (order === undefined) this.#order.set(topic, [record]);
    else order.push(record);
  }

  #open({ stage, partition, changelog }: Pick<Host, 'stage' | 'partition' | 'changelog'>): Task {
    const store = new MemoryStore();
    const settings = {
      layout: this.#layout,
      stage,
      partition,
      store,
      wallMs: this.#nowMs,
      partitionsOf: this.#partitionsOf,
    };
    if (changelog.length > 0) new Task(settings).replay(changelog, changelog.length);
    return new Task(settings);
  }

  readonly #partitionsOf = (topic: string): number => {
    const internal = this.#layout.topics.find(({ name }) => name === topic);
    if (internal === undefined) return this.#partitions[topic] ?? 1;
    return internal.partitions ?? Math.max(...internal.like.map(this.#partitionsOf));
  };
}

function answerersOf(
  { nodes }: Stage,
  answers: Readonly<Record<string, (question: unknown) => unknown>>,
  outside: ReadonlyMap<string, ReadonlyMap<string, Buffer>>,
): Map<string, Answerer> {
  const found = new Map<string, Answerer>();
  for (const { name, node } of nodes) {
    if (node.kind !== 'step' || node.outside === undefined) continue;
    const given = answers[name];
    const answerer = given === undefined ? node.outside.pretend?.(outside.get(name)!) : answering(given);
    if (answerer !== undefined) found.set(name, answerer);
  }
  return found;
}

function answering(answer: (question: unknown) => unknown): Answerer {
  return (question) => {
    try {
      return { value: answer(question) };
    } catch (error) {
      return { refusal: error instanceof Error ? error.message : String(error) };
    }
  };
}

function bytes(value: unknown): Buffer | null {
  if (value === undefined || value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}
