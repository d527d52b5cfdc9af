/**
 * Do offsets, outputs and state agree? Asked of the log after every start, before a pipeline runs again: what stands in the outputs
 * and in the changelogs must be exactly what comes of the input up to the committed offsets, whatever was cut off when.
 *
 *   X1  of every record one fate, once: output, held, dropped as a duplicate, or dead letter
 *   X2  per key in order
 *   X3  outputs, changelog and offsets of a task say the same, after every end of the broker
 */
import type { Server } from '../../src/server/index.ts';
import { LocalLogClient } from '../../src/pipelines/local/local-log-client.ts';
import {
  headerText,
  type LogRecord,
  MemoryStore,
  type Pipeline,
  type Row,
  type Stage,
  Task,
  taskCount,
} from '../../src/streams/index.ts';
import { type Archive, offsetsOf } from './archive.ts';
import { expectedOf, placeOf } from './reference.ts';
import { INPUT, OUTPUT } from './workload.ts';

type Violated = (message: string) => void;
interface Written {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: LogRecord['headers'];
}

/** The log of one moment in which nobody writes to it. */
export class PipelineLog {
  readonly #server: Server;
  readonly #pipeline: Pipeline;
  readonly #counts: ReadonlyMap<string, number>;
  readonly #client: LocalLogClient;
  readonly #archive: Archive;

  private constructor(
    server: Server,
    pipeline: Pipeline,
    client: LocalLogClient,
    { archive, counts }: { archive: Archive; counts: ReadonlyMap<string, number> },
  ) {
    this.#server = server;
    this.#pipeline = pipeline;
    this.#client = client;
    this.#archive = archive;
    this.#counts = counts;
  }

  static async of(server: Server, pipeline: Pipeline, archive: Archive): Promise<PipelineLog> {
    const client = new LocalLogClient(server.broker, 'reader');
    const { stages, topics } = pipeline.layout;
    const names = [
      ...stages.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
      ...topics.map(({ name }) => name),
    ];
    await server.broker.groups.open();
    const counts = await client.partitions([...new Set(names)]);
    return new PipelineLog(server, pipeline, client, { archive, counts });
  }

  get isComplete(): boolean {
    const { stages, topics } = this.#pipeline.layout;
    return [
      ...topics.map(({ name }) => name),
      ...stages.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
    ].every((name) => this.#counts.has(name));
  }

  read(topic: string, partition: number): Promise<LogRecord[]> {
    return this.#archive.read(this.#client, topic, partition);
  }

  async readAll(topic: string): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    for (let partition = 0; partition < this.#counts.get(topic)!; partition++)
      records.push(...(await this.read(topic, partition)));
    return records;
  }

  /** X3 */
  async agrees(violated: Violated): Promise<void> {
    const offsets = await offsetsOf(this.#server);
    const expected: Written[] = [];
    const isThere = (topic: string, partition: number) => partition < this.#counts.get(topic)!;
    for (const stage of this.#pipeline.layout.stages)
      for (
        let partition = 0;
        partition < taskCount(stage, (topic) => this.#counts.get(topic)!);
        partition++
      ) {
        const read: LogRecord[] = [];
        for (const topic of stage.inputs.filter((name) => isThere(name, partition))) {
          const until = offsets.get(`${topic}/${partition}`) ?? 0;
          read.push(...(await this.read(topic, partition)).filter(({ offset }) => offset < until));
        }
        const { outputs, changes } = this.#again(stage, partition, read);
        expected.push(...outputs);
        if (stage.changelog === undefined) continue;
        const rows = (await this.read(stage.changelog, partition)).map(rowOf);
        compare(`the state of ${stage.name}/${partition}`, folded(rows), folded(changes), violated);
      }
    const { topics, stages } = this.#pipeline.layout;
    const written = [
      ...topics.filter(({ kind }) => kind !== 'changelog').map(({ name }) => name),
      ...stages.flatMap(({ outputs }) => outputs),
    ];
    for (const topic of new Set(written)) {
      const found = texts(await this.readAll(topic));
      compare(topic, found, texts(expected.filter((one) => one.topic === topic)), violated);
    }
  }

  /** X1, X2: everything was written and processed. Answers how many records have come out. */
  async isWhole(violated: Violated): Promise<number> {
    const { out, dead, held, dropped } = expectedOf(await this.readAll(INPUT));
    const found = new Map<string, string[]>();
    for (const { key, value, headers } of await this.readAll(OUTPUT)) {
      const place = sourceOf(headers);
      const k = key!.toString();
      found.set(k, [...(found.get(k) ?? []), `${place} ${value!.toString()}`]);
    }
    for (const [k, texts] of out)
      if (JSON.stringify(found.get(k) ?? []) !== JSON.stringify(texts))
        violated(`X2: of ${k} came out ${shown(found.get(k) ?? [])}, and not ${shown(texts)}`);
    const buried = (await this.readAll(this.#pipeline.settings.deadLetterTopic)).map(({ headers }) =>
      placeOf({
        partition: Number(headerText(headers, '__streams.errors.partition')),
        offset: Number(headerText(headers, '__streams.errors.offset')),
      }),
    );
    if (JSON.stringify(buried.sort()) !== JSON.stringify([...dead].sort()))
      violated(`X1: dead are ${shown(buried)}, and not ${shown([...dead])}`);
    const count = [...out.values()].reduce((sum, { length }) => sum + length, 0);
    const fates = count + dead.size + held + dropped;
    const inputs = (await this.readAll(INPUT)).length;
    if (fates !== inputs) violated(`X1: ${inputs} records have ${fates} fates`);
    return count;
  }

  /** The same stage over the same records, in one go and without a log. */
  #again(stage: Stage, partition: number, read: readonly LogRecord[]) {
    const { layout } = this.#pipeline;
    const partitionsOf = (topic: string) => this.#counts.get(topic)!;
    const settings = { layout, stage, partition, partitionsOf, store: new MemoryStore(), wallMs: 0 };
    const task = new Task(settings);
    for (const record of read) task.process(record, 0);
    return task.take() ?? { outputs: [], changes: [] };
  }
}

function rowOf({ key, value }: LogRecord): Row {
  const [table, ...rest] = key!.toString().split('\u0000');
  return { table: table!, key: rest.join('\u0000'), value };
}

/** What time it is at a task depends on the clock and is left out. */
function folded(rows: readonly Row[]): string[] {
  const last = new Map<string, string>();
  for (const { table, key, value } of rows) {
    if (table === 'time') continue;
    if (value === null) last.delete(`${table} ${key}`);
    else last.set(`${table} ${key}`, value.toString());
  }
  return [...last].map(([key, value]) => `${key} = ${value}`).sort();
}

/** Messages that only say how far a task is are left out: they depend on the clock. */
function texts(written: readonly Omit<Written, 'topic'>[]): string[] {
  return written
    .filter(({ key, value }) => key !== null || value !== null)
    .map(({ key, value, headers }) => `${sourceOf(headers)} ${key?.toString()} ${value?.toString()}`)
    .sort();
}

function sourceOf(headers: LogRecord['headers']): string {
  const text = headerText(headers, 'x-src');
  return text === undefined
    ? `${headerText(headers, '__streams.errors.partition')}/${headerText(headers, '__streams.errors.offset')}`
    : text.slice(text.indexOf('/') + 1, text.lastIndexOf('@'));
}

function compare(
  what: string,
  found: readonly string[],
  expected: readonly string[],
  violated: Violated,
): void {
  if (JSON.stringify(found) === JSON.stringify(expected)) return;
  const more = found.filter((one, n) => found.indexOf(one) !== n || !expected.includes(one));
  const less = expected.filter((one) => !found.includes(one));
  violated(
    `X3: ${what}: ${found.length} are there, ${expected.length} belong to the offsets; too much: ${shown(more)}; missing: ${shown(less)}`,
  );
}

function shown(texts: readonly string[]): string {
  const short = texts.slice(0, 4).map((text) => (text.length > 60 ? `${text.slice(0, 60)}…` : text));
  return `[${short.join(', ')}${texts.length > 4 ? `, and ${texts.length - 4} more` : ''}]`;
}
