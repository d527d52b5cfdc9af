/**
 * dry-run: real records through a pipeline in memory (pipelines/rehearsal.ts). On standard output what it would write, or with `--diff`
 * how that differs from what is there; on standard error what became of the records.
 */
import { nodeEnvironment, nodeHttp, nodePrograms } from '../../env/node/index.ts';
import {
  KafkaLogClient,
  type Progress,
  type Range,
  Rehearsal,
  rehearsed,
  runPipeline,
} from '../../pipelines/index.ts';
import type { LogRecord, Pipeline } from '../../streams/index.ts';
import { bootstrapOf } from '../client/bootstrap.ts';
import { NO_GROUP } from '../client/groups.ts';
import { type OffsetSpec, parseOffsetSpec } from '../client/offset-spec.ts';
import { parseDuration } from '../client/duration.ts';
import { endsOf, positionsAt } from '../client/positions.ts';
import { type BytesConsumer, withConsumer } from '../client/session.ts';
import { requireTopic } from '../client/topics.ts';
import type { DryRunOptions } from '../commands/pipeline-dry-run.ts';
import { EXIT, type ExitCode, usageError } from '../exit-codes.ts';
import { countText } from '../text.ts';
import { Comparison, differenceLine } from './comparison.ts';
import { eventLine } from './event-line.ts';
import { pipelineFailure } from './failure.ts';
import { loadPipeline } from './load.ts';
import { outputLine } from './output-line.ts';

type Ranges = ReadonlyMap<string, readonly Range[]>;
type Write = (record: LogRecord) => void;

export async function dryRun(file: string, options: DryRunOptions): Promise<ExitCode> {
  const limit = limitOf(options);
  const from = placeOf(options.from, Date.now());
  const pipeline = await loadPipeline(file);
  const ranges = await withConsumer(
    options,
    `dry-run of ${pipeline.settings.name}`,
    { groupId: NO_GROUP },
    (consumer) => rangesOf(consumer, inputsOf(pipeline), from, limit),
  );
  const bootstrap = bootstrapOf(options).map(({ host, port }) => `${host}:${port}`);
  const log = await KafkaLogClient.connect({ bootstrap });
  try {
    if (options.diff === true) await compare(log, pipeline, ranges);
    else await rehearse(log, pipeline, ranges, print);
    return EXIT.ok;
  } catch (error) {
    throw pipelineFailure(error, file, pipeline.settings.name);
  } finally {
    await log.close();
  }
}

/** `-1h` is an hour ago; everything else as `consume` has it. */
function placeOf(text: string, nowMs: number): OffsetSpec {
  if (!/^-\d[\d.]*[dhms]/i.test(text)) return parseOffsetSpec(text, '--from');
  return { kind: 'time', timestamp: BigInt(Math.floor(nowMs - parseDuration(text.slice(1), '--from'))) };
}

function limitOf({ limit }: DryRunOptions): number {
  if (limit === undefined) return Infinity;
  if (!/^[1-9]\d{0,14}$/.test(limit)) throw usageError(`--limit ${limit}: that is not a number of records`);
  return Number(limit);
}

function inputsOf({ layout }: Pipeline): string[] {
  const own = new Set(layout.topics.map(({ name }) => name));
  return [...new Set(layout.stages.flatMap(({ inputs }) => inputs))].filter((name) => !own.has(name));
}

async function rangesOf(
  consumer: BytesConsumer,
  topics: readonly string[],
  from: OffsetSpec,
  limit: number,
): Promise<Ranges> {
  const ranges = new Map<string, Range[]>();
  for (const topic of topics) {
    const { partitions } = await requireTopic(consumer, topic);
    const indexes = partitions.map((_, index) => index);
    const [starts, ends] = [
      await positionsAt(consumer, topic, indexes, from),
      await endsOf(consumer, topic, indexes),
    ];
    ranges.set(
      topic,
      indexes.map((index) => {
        const [start, end] = [Number(starts.get(index)), Number(ends.get(index))];
        return { from: start, to: Math.min(end, start + limit) };
      }),
    );
  }
  return ranges;
}

async function rehearse(
  log: KafkaLogClient,
  pipeline: Pipeline,
  ranges: Ranges,
  onOutput: Write,
): Promise<void> {
  const { clock } = nodeEnvironment(process.cwd());
  const counts = new Map<string, number>();
  const rehearsal = new Rehearsal(log, {
    layout: pipeline.layout,
    clock,
    ranges,
    onOutput: (record) => {
      counts.set(record.topic, (counts.get(record.topic) ?? 0) + 1);
      onOutput(record);
    },
  });
  const done = new AbortController();
  process.once('SIGINT', () => done.abort()).once('SIGTERM', () => done.abort());
  let progress: Progress | undefined;
  const onCommit = (now: Progress) => {
    progress = now;
    if (rehearsal.isDone) done.abort();
  };
  try {
    await runPipeline(rehearsed(pipeline), {
      client: rehearsal,
      clock,
      signal: done.signal,
      events: tell,
      programs: nodePrograms,
      http: nodeHttp,
      onCommit,
    });
  } finally {
    await rehearsal.close();
  }
  summary(ranges, counts, progress, rehearsal);
}

async function compare(log: KafkaLogClient, pipeline: Pipeline, ranges: Ranges): Promise<void> {
  const comparison = new Comparison((topic, partition, offset) => {
    const range = ranges.get(topic)?.[partition];
    return range !== undefined && offset >= range.from && offset < range.to;
  });
  const { deadLetterTopic } = pipeline.settings;
  await rehearse(log, pipeline, ranges, (record) => {
    if (record.topic !== deadLetterTopic) comparison.now(record);
  });
  const own = new Set(pipeline.layout.topics.map(({ name }) => name));
  const outputs = [...new Set(pipeline.layout.stages.flatMap((stage) => stage.outputs))].filter(
    (name) => !own.has(name),
  );
  for (const [topic, partitions] of await log.partitions(outputs))
    for (let partition = 0; partition < partitions; partition++)
      for await (const { records } of log.readAll({ topic, partition, offset: 0 }))
        for (const record of records) comparison.before(record);
  const differences = comparison.differences();
  const isTerminal = process.stdout.isTTY === true;
  for (const one of differences)
    process.stdout.write(`${isTerminal ? differenceLine(one) : JSON.stringify(one)}\n`);
  const count = (change: string) => differences.filter((one) => one.change === change).length;
  const foreign =
    comparison.foreign === 0 ? '' : `; ${countText(comparison.foreign, 'record')} of others left out`;
  process.stderr.write(
    differences.length === 0
      ? `no difference${foreign}\n`
      : `${count('added')} added, ${count('removed')} removed, ${count('changed')} changed${foreign}\n`,
  );
}

function print(record: LogRecord): void {
  process.stdout.write(`${outputLine(record, process.stdout.isTTY === true)}\n`);
}

/** read 1,000 records of shop.raw; would write 990 to shop.orders, 5 to dlq.orders; dedupe: dropped: duplicate 5; held: 3 in in-order.held */
function summary(
  ranges: Ranges,
  outputs: ReadonlyMap<string, number>,
  progress: Progress | undefined,
  rehearsal: Rehearsal,
): void {
  const read = [...ranges].map(
    ([topic, of]) =>
      `${countText(
        of.reduce((sum, { from, to }) => sum + to - from, 0),
        'record',
      )} of ${topic}`,
  );
  const written = [...outputs].map(([topic, count]) => `${countText(count, 'record')} to ${topic}`);
  const lines = [
    `read ${read.join(', ')}`,
    `would write ${written.length === 0 ? 'nothing' : written.join(', ')}`,
  ];
  for (const [what, count] of progress?.counts ?? []) lines.push(`${what}: ${count}`);
  const kept = [...rehearsal.kept].filter(([table, rows]) => rows > 0 && table !== 'time');
  for (const [table, rows] of kept) lines.push(`kept at the end, ${table}: ${countText(rows, 'row')}`);
  process.stderr.write(`${lines.join('\n')}\n`);
}

function tell(level: string, message: string, fields?: Readonly<Record<string, unknown>>): void {
  if (level !== 'info') process.stderr.write(`${eventLine(level, message, fields)}\n`);
}
