/**
 * runPipeline: fetch, process, commit, for ever. What is assigned and not open is opened; that one rule is start, rescale,
 * and recovery from everything.
 *
 *   assigned? -> open (TaskHost) -> fetch -> process -> every `commitEvery`: commit -+
 *      ^                              ^                                              +- done: go on
 *      |                              +----------------------------------------------+
 *      +------------- after a pause <--- close <-- it failed
 *
 * Tasks that stay ours over a rebalance go on undisturbed: who owns a task is decided by its writer (L3), not by the group.
 */
import type { EventSink } from '../base/index.ts';
import type { Clock } from '../env/index.ts';
import {
  type Layout,
  type Pipeline,
  PipelineFailed,
  PlanError,
  type Stage,
  taskCount,
} from '../streams/index.ts';
import { goneOutput, ofOwnTopic } from './gone-output.ts';
import { InputWatch } from './input-watch.ts';
import type { Fetched, LogClient, Membership, Position } from './log-client.ts';
import { LostRecords } from './lost-records.ts';
import { checkState } from './lost-state.ts';
import { PinWatch } from './pin-watch.ts';
import type { PipelineRows, ReadableRun } from './rows.ts';
import { TaskHost } from './task-host.ts';
import { prepareTopics } from './topics.ts';
import { hopsOf, Trim } from './trim.ts';
import type { Reach } from './reach.ts';
import { isTaken, TAKEN } from './taken.ts';

export interface RunOptions extends Reach {
  readonly client: LogClient;
  readonly clock: Clock;
  /** Ends the run, after what was processed is committed. */
  readonly signal?: AbortSignal;
  readonly events?: EventSink;
  /** Can be asked for what the pipeline keeps, as long as it runs. */
  readonly rows?: PipelineRows;
  /** After every commit. */
  readonly onCommit?: (progress: Progress) => void;
}

/** What this process has done since it began. */
export interface Progress {
  /** Tasks that are at work here. */
  readonly tasks: number;
  /** That could not be opened, or failed, and are tried again. */
  readonly waiting: number;
  /** Of the input topics. */
  readonly recordsRead: number;
  /** `step: what` -> how often: dead letters, duplicates, what was filtered. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Whoever asks it to stop waits no longer than that for records. */
const FETCH_MS_MAX = 500;
export const SHARED_NAME =
  'others of that name read other topics: two pipelines share a name, and with it their work and their state, or two versions of one run ' +
  'at a time. A name is for one pipeline';
/** Then it is looked whether all topics are there that are written. */
const LOOK_AFTER_FAILURES = 4;
const PAUSE_MS = 250;
const PAUSE_MS_MAX = 5_000;

export async function runPipeline(pipeline: Pipeline, options: RunOptions): Promise<void> {
  const { client, clock, signal, events, onCommit, rows, programs, http, spaceOf } = options;
  const { layout } = pipeline;
  const { partitionsOf, made } = await prepareTopics(client, layout);
  const membership = await client.join(
    layout.settings.name,
    layout.stages.flatMap(({ inputs }) => inputs),
  );
  const reach = { programs, http, spaceOf };
  const run = new Run({ layout, membership, client, clock, events, ...reach }, partitionsOf);
  rows?.attach(run.readable());
  try {
    await checkState(made, { layout, client, membership, partitionsOf, events });
    while (signal?.aborted !== true)
      if (await run.step()) {
        rows?.changed();
        onCommit?.(run.progress());
      }
    await run.commit();
    onCommit?.(run.progress());
  } finally {
    rows?.detach();
    await run.close();
    await membership.leave();
  }
}

interface Surroundings extends Reach {
  readonly layout: Layout;
  readonly membership: Membership;
  readonly client: LogClient;
  readonly clock: Clock;
  readonly events: EventSink | undefined;
}

interface Slot {
  readonly stage: Stage;
  readonly partition: number;
  host: TaskHost | undefined;
  failures: number;
  /** Of what it failed at last; empty: it works. */
  told: string;
  /** Not to be opened before. */
  notBeforeMs: number;
}

class Run {
  readonly #with: Surroundings;
  readonly #partitionsOf: (topic: string) => number;
  readonly #slots = new Map<string, Slot>();
  readonly #pinWatch: PinWatch;
  readonly #trim: Trim;
  readonly #inputWatch: InputWatch;
  #generation = -1;
  #commitAtMs = 0;
  #unwritten = 0;
  #recordsRead = 0;
  /** Told once, until it works again. */
  #fetchFailure = '';
  /** Others still fail of that it ends; that is nobody's business. */
  #isClosed = false;
  /** Topics that are not its own. */
  readonly #inputs: ReadonlySet<string>;
  /** Of tasks that are closed. */
  readonly #counts = new Map<string, number>();

  constructor(surroundings: Surroundings, partitionsOf: (topic: string) => number) {
    this.#with = surroundings;
    this.#partitionsOf = partitionsOf;
    const { stages, topics } = surroundings.layout;
    const own = new Set(topics.map(({ name }) => name));
    this.#inputs = new Set(stages.flatMap(({ inputs }) => inputs).filter((name) => !own.has(name)));
    this.#pinWatch = new PinWatch(surroundings);
    this.#trim = new Trim(surroundings);
    this.#inputWatch = new InputWatch(surroundings, this.#inputs, partitionsOf);
  }

  /** One round: takes at most a little longer than the commit interval. True: it ended with a commit. */
  async step(): Promise<boolean> {
    const { membership, client, clock, layout } = this.#with;
    if (membership.generation !== this.#generation) await this.#share();
    await this.#open();
    const waitMs = Math.max(0, this.#commitAtMs - clock.monotonic());
    await this.#process(await this.#fetch(Math.min(waitMs, FETCH_MS_MAX)));
    if (clock.monotonic() < this.#commitAtMs && this.#unwritten < client.recordsPerCommit) return false;
    await this.commit();
    await this.#pinWatch.look(() => this.#hosts().flatMap(([, host]) => host.pinned()));
    this.#trim.look(() => this.#hosts().flatMap(([, host]) => host.committed()));
    this.#inputWatch.look();
    this.#commitAtMs = clock.monotonic() + layout.settings.commitEveryMs;
    return true;
  }

  async commit(): Promise<void> {
    this.#unwritten = 0;
    const { membership, clock } = this.#with;
    await Promise.all(
      this.#hosts().map(async ([slot, host]) => {
        try {
          await host.commit(membership, clock.now());
          this.#works(slot);
        } catch (error) {
          await this.#failed(slot, error);
        }
      }),
    );
  }

  readable(): ReadableRun {
    const { client, membership } = this.#with;
    const hostOf = ({ name }: Stage, partition: number) => {
      const slot = this.#slots.get(`${name}/${partition}`);
      return slot === undefined && this.#generation >= 0 ? 'elsewhere' : slot?.host;
    };
    return { client, membership, partitionsOf: this.#partitionsOf, hostOf };
  }

  progress(): Progress {
    const hosts = this.#hosts();
    const counts = new Map(this.#counts);
    for (const [, host] of hosts) add(counts, host.counts);
    const [tasks, waiting] = [hosts.length, this.#slots.size - hosts.length];
    return { tasks, waiting, recordsRead: this.#recordsRead, counts };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#trim.close();
    this.#inputWatch.close();
    await Promise.all(this.#hosts().map(([, host]) => host.close()));
  }

  /** The partitions were shared out anew: lets go what is not ours any more. */
  async #share(): Promise<void> {
    const { membership, layout, events } = this.#with;
    this.#generation = membership.generation;
    const ours = new Map<string, Slot>();
    for (const stage of layout.stages)
      for (let partition = 0; partition < taskCount(stage, this.#partitionsOf); partition++)
        if (stage.inputs.some((topic) => membership.assignment.get(topic)?.includes(partition))) {
          const name = `${stage.name}/${partition}`;
          const before = this.#slots.get(name);
          ours.set(
            name,
            before ?? { stage, partition, host: undefined, failures: 0, told: '', notBeforeMs: 0 },
          );
        }
    for (const [name, slot] of this.#slots) if (!ours.has(name)) await this.#close(slot);
    this.#slots.clear();
    for (const [name, slot] of ours) this.#slots.set(name, slot);
    const pipeline = layout.settings.name;
    events?.('info', 'pipeline.assigned', { pipeline, tasks: [...ours.keys()].join(' ') });
    if (membership.isMixed === true)
      events?.('warn', 'pipeline.name.shared', { pipeline, message: SHARED_NAME });
  }

  async #open(): Promise<void> {
    const { clock, layout } = this.#with;
    const due = [...this.#slots.values()].filter(
      ({ host, notBeforeMs }) => host === undefined && notBeforeMs <= clock.monotonic(),
    );
    await Promise.all(
      due.map(async (slot) => {
        const settings = {
          layout,
          stage: slot.stage,
          partition: slot.partition,
          partitionsOf: this.#partitionsOf,
        };
        try {
          slot.host = await TaskHost.open(settings, this.#with);
        } catch (error) {
          await this.#failed(slot, error);
        }
      }),
    );
  }

  async #fetch(waitMs: number): Promise<readonly Fetched[]> {
    const { membership, clock, events } = this.#with;
    const positions = leastOf(this.#hosts().flatMap(([, host]) => host.positions()));
    try {
      if (positions.length > 0) {
        const fetched = await membership.fetch(positions, waitMs);
        this.#fetchFailure = '';
        return fetched;
      }
    } catch (failure) {
      const error = await this.#explained(failure);
      if (isFinal(error)) throw error;
      const message = messageOf(error);
      if (message !== this.#fetchFailure) events?.('warn', 'pipeline.fetch.failed', { message });
      this.#fetchFailure = message;
    }
    await clock.sleep(Math.min(PAUSE_MS, Math.max(waitMs, 1)));
    return [];
  }

  /** Who is told late that a task is another's finds the repartition topic trimmed behind that one: nothing is lost. */
  async #explained(error: unknown): Promise<unknown> {
    const { layout, membership } = this.#with;
    if (!(error instanceof LostRecords) || !hopsOf(layout).has(error.position.topic)) return error;
    const { topic, partition, offset } = error.position;
    try {
      if ((await membership.committed(topic, partition)) <= offset) return error;
    } catch (unknown) {
      return unknown;
    }
    const replaced = new Error(
      `another owner has gone on from ${topic}, partition ${partition}, offset ${offset}`,
    );
    for (const [slot] of this.#hosts())
      if (slot.partition === partition && slot.stage.inputs.includes(topic))
        await this.#failed(slot, replaced);
    return replaced;
  }

  /** Between the parts others have their turn: a heartbeat that waits for megabytes comes too late. */
  async #process(fetched: readonly Fetched[]): Promise<void> {
    const { clock, layout } = this.#with;
    const wallMs = clock.now();
    for (const one of tablesFirst(fetched, layout)) {
      for (const [slot, host] of this.#hosts()) {
        if (!host.expects(one)) continue;
        host.process(one, wallMs);
        await this.#send(slot, host);
        this.#unwritten += one.records.length;
        if (this.#inputs.has(one.topic)) this.#recordsRead += one.records.length;
      }
      await clock.turn();
    }
  }

  /** Fails when something that was sent before has not arrived: then there is no need to wait for the commit. */
  async #send(slot: Slot, host: TaskHost): Promise<void> {
    try {
      host.send();
    } catch (error) {
      await this.#failed(slot, error);
    }
  }

  #hosts(): [Slot, TaskHost][] {
    return [...this.#slots.values()].flatMap((slot): [Slot, TaskHost][] =>
      slot.host === undefined ? [] : [[slot, slot.host]],
    );
  }

  async #close(slot: Slot): Promise<void> {
    const { host } = slot;
    slot.host = undefined;
    if (host === undefined) return;
    add(this.#counts, host.counts);
    await host.close();
  }

  /** Its unfinished work is dropped; another host will do it again. */
  async #failed(slot: Slot, error: unknown): Promise<void> {
    const { clock, events } = this.#with;
    await this.#close(slot);
    if (isFinal(error)) throw error;
    const pauseMs = Math.min(PAUSE_MS * 2 ** slot.failures++, PAUSE_MS_MAX);
    slot.notBeforeMs = clock.monotonic() + pauseMs;
    if (slot.failures === LOOK_AFTER_FAILURES) {
      const gone = await goneOutput(this.#with.layout, this.#with.client);
      if (gone !== undefined) throw gone;
    }
    const message = ofOwnTopic(messageOf(error), this.#with.layout);
    if (this.#isClosed || message === slot.told) return;
    slot.told = message;
    if (isTaken(error)) events?.('info', 'pipeline.task.taken', { task: taskName(slot), message: TAKEN });
    else events?.('warn', 'pipeline.task.failed', { task: taskName(slot), message, pauseMs });
  }

  #works(slot: Slot): void {
    const { events } = this.#with;
    if (slot.told !== '') events?.('info', 'pipeline.task.back', { task: taskName(slot) });
    slot.failures = 0;
    slot.told = '';
  }
}

function taskName({ stage, partition }: Slot): string {
  return `${stage.name}/${partition}`;
}

/** Tasks may be at different places of a table that all of them read. */
function leastOf(positions: readonly Position[]): Position[] {
  const least = new Map<string, Position>();
  for (const position of positions) {
    const name = `${position.topic}/${position.partition}`;
    const other = least.get(name);
    if (other === undefined || position.offset < other.offset) least.set(name, position);
  }
  return [...least.values()];
}

/** What is known of a table by now counts for the records that were fetched with it. */
function tablesFirst(fetched: readonly Fetched[], { stages }: Layout): Fetched[] {
  const tables = new Set(stages.flatMap((stage) => stage.tables.map(({ topic }) => topic)));
  return [...fetched].sort((a, b) => Number(tables.has(b.topic)) - Number(tables.has(a.topic)));
}

function add(sum: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [what, count] of counts) sum.set(what, (sum.get(what) ?? 0) + count);
}

/** Trying again would not help. */
export function isFinal(error: unknown): boolean {
  return error instanceof PipelineFailed || error instanceof PlanError;
}

/** The innermost that was said: what is wrapped around it often says only how many times something was tried. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errors = [] } = error as { errors?: readonly unknown[] };
  const inner = [...errors, error.cause].filter((one) => one instanceof Error).at(-1);
  return inner === undefined ? error.message : messageOf(inner);
}
