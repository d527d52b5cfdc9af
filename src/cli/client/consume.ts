/**
 * consume: from `gregor consume ...` to lines, with or without a group.
 *
 *   where to begin -> LogReader -> lines -> end reached, enough, Ctrl-C (says how to go on) or a broken pipe
 *
 * With a group, offsets are committed after their records were written out: at least once, never lost.
 */
import type { ConsumeOptions } from '../commands/consume.ts';
import { EXIT, type ExitCode, usageError } from '../exit-codes.ts';
import { shellText } from '../text.ts';
import { GroupMember } from './group-member.ts';
import { NO_GROUP } from './groups.ts';
import { LogReader, type ReadRecord, type Step } from './log-reader.ts';
import { parseOffsetSpec, resumeSpec } from './offset-spec.ts';
import { endsOf, positionsAt } from './positions.ts';
import { recordJson, recordLine, VIEW_HEAD } from './record-view.ts';
import { type BytesConsumer, withConsumer } from './session.ts';
import { requireTopic } from './topics.ts';
import { whenUnread } from './unread.ts';

export async function consume(topic: string, options: ConsumeOptions): Promise<ExitCode> {
  checkOptions(options);
  const settings = {
    groupId: options.group ?? NO_GROUP,
    autocommit: false,
    protocols: [{ name: 'range', version: 1 }],
  };
  return withConsumer(options, `consume ${topic}`, settings, async (consumer) => {
    const { partitions } = await requireTopic(consumer, topic);
    const chosen = chosenPartitions(options, partitions.length);
    const output = new Output(topic, limitOf(options));
    const { stopped, exitCode } = untilStopped(options);
    const ends = options.end === true ? await endsOf(consumer, topic, chosen) : undefined;
    if (options.group !== undefined)
      return asMember(consumer, topic, options, output, ends, { stopped, exitCode });
    const positions = await positionsAt(consumer, topic, chosen, parseOffsetSpec(options.offset ?? 'start'));
    const reader = new LogReader(consumer, topic, positions);
    tellConnection(reader);
    const isStopped = await follow(reader, output, ends, stopped, () => undefined);
    if (!isStopped || exitCode() === EXIT.ok) return EXIT.ok;
    output.note(
      `Go on with: gregor consume ${shellText(topic)} -o ${resumeSpec(output.resumeFrom(positions))}${again(options)}`,
    );
    return EXIT.interrupted;
  });
}

async function asMember(
  consumer: BytesConsumer,
  topic: string,
  options: ConsumeOptions,
  output: Output,
  ends: ReadonlyMap<number, bigint> | undefined,
  { stopped, exitCode }: Stop,
): Promise<ExitCode> {
  const member = new GroupMember(consumer, topic);
  await member.join();
  try {
    for (;;) {
      const reader = new LogReader(consumer, topic, await member.positions());
      tellConnection(reader);
      const change = member.nextChange();
      void change.then(() => reader.stop());
      const isStopped = await follow(reader, output, ends, Promise.race([stopped, change]), (step) =>
        member.done(step.partition, output.writtenOf(step), step.leaderEpoch),
      );
      if (isStopped && exitCode() === undefined && member.takeChange()) continue;
      await member.commit();
      if (!isStopped || exitCode() === EXIT.ok) return EXIT.ok;
      output.note(
        `Go on with: gregor consume ${shellText(topic)} -g ${shellText(options.group!)}${again(options)}`,
      );
      return EXIT.interrupted;
    }
  } finally {
    await member.leave();
  }
}

/** Reads until the end, enough, or `stopped` (then true). */
async function follow(
  reader: LogReader,
  output: Output,
  ends: ReadonlyMap<number, bigint> | undefined,
  stopped: Promise<void>,
  onStep: (step: Step) => void,
): Promise<boolean> {
  const isAtEnd = () =>
    ends !== undefined && [...reader.positions].every(([p, next]) => next >= (ends.get(p) ?? 0n));
  if (isAtEnd() || output.isFull) return false;
  const steps = reader.steps();
  const stop = stopped.then(() => 'stopped' as const);
  for (;;) {
    const result = await Promise.race([steps.next(), stop]);
    if (result === 'stopped') {
      reader.stop();
      return true;
    }
    if (result.done === true) return true; // only after `stop`
    const step = result.value;
    await output.write(step, ends?.get(step.partition));
    onStep(step);
    if (isAtEnd() || output.isFull) {
      reader.stop();
      return false;
    }
  }
}

/** Writes records as lines; knows how far it came. */
class Output {
  readonly #topic: string;
  readonly #isTerminal = process.stdout.isTTY === true;
  readonly #written = new Map<number, bigint>();
  #left: number;
  #hasHead = false;

  constructor(topic: string, limit: number) {
    this.#topic = topic;
    this.#left = limit;
  }

  get isFull(): boolean {
    return this.#left <= 0;
  }

  /** Where the next run goes on, partitions from which nothing came included. */
  resumeFrom(positions: ReadonlyMap<number, bigint>): Map<number, bigint> {
    return new Map(
      [...positions].map(([partition, offset]) => [partition, this.#written.get(partition) ?? offset]),
    );
  }

  /** The offset after what was written of this step's partition. */
  writtenOf(step: Step): bigint {
    return this.#written.get(step.partition) ?? step.next;
  }

  async write(step: Step, end: bigint | undefined): Promise<void> {
    const wanted = step.records
      .filter(({ offset }) => end === undefined || offset < end)
      .slice(0, this.#left);
    const isWhole = wanted.length === step.records.length;
    this.#left -= wanted.length;
    this.#written.set(
      step.partition,
      isWhole ? step.next : (wanted.at(-1)?.offset ?? step.records[0]!.offset - 1n) + 1n,
    );
    if (wanted.length === 0) return;
    if (this.#isTerminal && !this.#hasHead) this.note(VIEW_HEAD);
    this.#hasHead = true;
    const lines = wanted.map((record) => this.#line(record)).join('\n');
    if (!process.stdout.write(`${lines}\n`))
      await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
  }

  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  #line(record: ReadRecord): string {
    return this.#isTerminal ? recordLine(record) : JSON.stringify(recordJson(this.#topic, record));
  }
}

interface Stop {
  readonly stopped: Promise<void>;
  /** Undefined while nothing has stopped us. */
  readonly exitCode: () => ExitCode | undefined;
}

/** Ctrl-C, or nobody reads what we write: that one has seen enough. A second Ctrl-C ends at once. */
function untilStopped({ end }: ConsumeOptions): Stop {
  let exitCode: ExitCode | undefined;
  const stopped = new Promise<void>((resolve) => {
    const stop = () => {
      if (exitCode !== undefined) process.exit(EXIT.interrupted);
      exitCode = EXIT.interrupted;
      resolve();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    if (end === true) return; // it ends by itself
    whenUnread(() => {
      exitCode ??= EXIT.ok;
      resolve();
    });
  });
  return { stopped, exitCode: () => exitCode };
}

function tellConnection(reader: LogReader): void {
  reader.onConnection = (isThere) => {
    process.stderr.write(
      isThere ? 'Connected again.\n' : 'The broker is away; waiting for it (Ctrl-C ends).\n',
    );
  };
}

function checkOptions(options: ConsumeOptions): void {
  limitOf(options);
  if (options.offset !== undefined) parseOffsetSpec(options.offset);
  if (options.group !== undefined && (options.offset !== undefined || options.partition !== undefined))
    throw usageError('A group decides itself what its members read: leave --offset and --partition out');
}

function limitOf({ count }: ConsumeOptions): number {
  if (count === undefined) return Number.POSITIVE_INFINITY;
  if (!/^\d{1,15}$/.test(count)) throw usageError(`--count ${count}: that is not a number of records`);
  return Number(count);
}

function chosenPartitions({ partition }: ConsumeOptions, count: number): number[] {
  if (partition === undefined) return Array.from({ length: count }, (_, index) => index);
  if (!/^\d+$/.test(partition) || Number(partition) >= count)
    throw usageError(`--partition ${partition}: the topic has partitions 0 to ${count - 1}`);
  return [Number(partition)];
}

/** The rest of the command line, for the command that goes on. */
function again(options: ConsumeOptions): string {
  const bootstrap = options.bootstrap ?? options.bootstrapServer;
  const parts = [
    options.partition === undefined ? '' : ` -p ${options.partition}`,
    options.end === true ? ' -e' : '',
    bootstrap === undefined ? '' : ` -b ${shellText(bootstrap)}`,
  ];
  return parts.join('');
}
