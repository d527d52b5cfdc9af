/**
 * PipelineRows: what a running pipeline keeps of a key, for readers outside. `after` is the position of the reader's own write: the
 * answer has it.
 *
 *   raw, offset 7 -> task of raw has committed 8? -> where does the hop end now? -> task of the key has committed that? -> its store
 *
 *   R1  committed rows only, never what a task works on
 *   R2  only rows of tasks in this process: another task's are refused with its name, so that the reader can ask elsewhere
 *   R3  `after` is refused where a step between may hold records back
 */
import { partitionOfKey } from '../base/index.ts';
import type { Clock } from '../env/index.ts';
import {
  hopBefore,
  type Kept,
  type Layout,
  type Pipeline,
  PlanError,
  routesTo,
  type Stage,
  taskCount,
} from '../streams/index.ts';
import type { LogClient, Membership, Position } from './log-client.ts';
import type { TaskHost } from './task-host.ts';

export interface GetOptions {
  /** Of a record in an input topic, or in the table that is asked: what came of it is in the answer. */
  readonly after?: Position;
  /** How long that may take, in milliseconds. Default 5000. */
  readonly timeoutMs?: number;
}

/** `elsewhere`: another process has the rows; `timeout`: asking again may help. */
export class RowUnavailable extends Error {
  override readonly name = 'RowUnavailable';
  readonly reason: 'elsewhere' | 'timeout';

  constructor(reason: RowUnavailable['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What a run tells of itself. */
export interface ReadableRun {
  readonly client: LogClient;
  readonly membership: Membership;
  readonly partitionsOf: (topic: string) => number;
  /** Undefined: it is ours, and not open at the moment. */
  hostOf(stage: Stage, partition: number): TaskHost | 'elsewhere' | undefined;
}

interface Asked {
  readonly step: string;
  readonly stage: Stage;
  readonly kept: Kept;
  readonly key: unknown;
  readonly after: Position | undefined;
  readonly untilMs: number;
}

interface Owners {
  /** The key as the step has it. */
  readonly key: unknown;
  readonly partitions: readonly number[];
  /** All of them have the same rows. */
  readonly isAnyOf: boolean;
}

const TIMEOUT_MS = 5_000;
const POLL_MS = 50;

export class PipelineRows {
  readonly #layout: Layout;
  readonly #clock: Clock;
  #run: ReadableRun | undefined;
  #news = new AbortController();

  constructor(pipeline: Pipeline, clock: Clock) {
    this.#layout = pipeline.layout;
    this.#clock = clock;
  }

  /**
   * Of a window: its open windows of the key, `{ startMs, endMs, value }[]`; of a join with a table: the row. Undefined: there is nothing.
   * Throws PlanError for what this pipeline cannot answer, RowUnavailable for what cannot be had here and now.
   */
  async get(
    step: string,
    key: unknown,
    { after, timeoutMs = TIMEOUT_MS }: GetOptions = {},
  ): Promise<unknown> {
    const untilMs = this.#clock.monotonic() + timeoutMs;
    const asked = { step, key, after, untilMs, ...this.#stepCalled(step) };
    const routes = this.#routes(asked);
    const owners = await this.#until(untilMs, 'it does not run here', (run) => ownersOf(asked, run, routes));
    for (const route of routes) await this.#followed(asked, route, owners.partitions);
    const { value } = await this.#until(
      untilMs,
      `its task is not open, or has not read ${after?.topic ?? 'its inputs'} so far`,
      (run) => this.#read(asked, owners, run),
    );
    return value;
  }

  /** From now on this run is asked. */
  attach(run: ReadableRun): void {
    this.#run = run;
    this.changed();
  }

  detach(): void {
    this.#run = undefined;
  }

  /** Something was committed. */
  changed(): void {
    this.#news.abort();
    this.#news = new AbortController();
  }

  #stepCalled(name: string): { readonly stage: Stage; readonly kept: Kept } {
    const readable: string[] = [];
    for (const stage of this.#layout.stages)
      for (const { name: one, node } of stage.nodes)
        if (node.kind === 'step' && node.kept !== undefined) {
          if (one === name) return { stage, kept: node.kept };
          readable.push(one);
        }
    const those = readable.length === 0 ? 'this pipeline has none' : `here: ${readable.join(', ')}`;
    throw new PlanError(
      `'${name}' keeps nothing that can be asked by key; windows and joins with a table do, ${those}`,
    );
  }

  #routes({ stage, step, kept, after }: Asked): string[][] {
    if (after === undefined || kept.table?.name === after.topic) return [];
    if (kept.table !== undefined)
      throw new PlanError(`rows of '${step}' come from '${kept.table.name}': after names a position there`);
    const routes = routesTo(this.#layout, stage, step, after.topic);
    if (routes.length === 0) throw new PlanError(`nothing of '${after.topic}' comes to '${step}'`);
    return routes;
  }

  /** Resolves when what lay there at `after` has come all the way. */
  async #followed(
    { after, untilMs }: Asked,
    route: readonly string[],
    owners: readonly number[],
  ): Promise<void> {
    const [input, ...hops] = route;
    const { partition, offset } = after!;
    await this.#passed({ topic: input!, partition, offset: offset + 1 }, untilMs);
    for (const [n, topic] of hops.entries()) {
      const all = (run: ReadableRun) => Array.from({ length: run.partitionsOf(topic) }, (_, one) => one);
      const ends = await this.#until(untilMs, 'it does not run here', async (run) => {
        const partitions = n === hops.length - 1 ? owners : all(run);
        return Promise.all(
          partitions.map(async (one) => ({ topic, partition: one, offset: await endOf(run, topic, one) })),
        );
      });
      for (const end of ends) await this.#passed(end, untilMs);
    }
  }

  async #passed({ topic, partition, offset }: Position, untilMs: number): Promise<void> {
    const stage = this.#layout.stages.find(({ inputs }) => inputs.includes(topic))!;
    let at = 0;
    const told = () => `${topic}, partition ${partition}, is committed up to ${at}, not ${offset}`;
    await this.#until(untilMs, told, async (run) => {
      const host = run.hostOf(stage, partition);
      const isHere = host !== undefined && host !== 'elsewhere';
      at = isHere ? host.committedAt(topic, partition) : await run.membership.committed(topic, partition);
      return at >= offset ? true : undefined;
    });
  }

  #read(
    asked: Asked,
    { key, partitions, isAnyOf }: Owners,
    run: ReadableRun,
  ): { value: unknown } | undefined {
    const { stage, step, kept, after } = asked;
    const found = partitions.map((partition) => ({ partition, host: run.hostOf(stage, partition) }));
    const elsewhere = found.filter(({ host }) => host === 'elsewhere');
    let isWaiting = false;
    for (const { host } of found) {
      if (host === 'elsewhere') continue;
      const isBehind =
        kept.table !== undefined &&
        after !== undefined &&
        (host?.committedAt(after.topic, after.partition) ?? 0) <= after.offset;
      if (host === undefined || isBehind) isWaiting = true;
      else {
        const value = kept.read(host.rows, step, key);
        if (value !== undefined || isAnyOf) return { value };
      }
    }
    if (isWaiting) return undefined;
    if (elsewhere.length === 0) return { value: undefined };
    const tasks = elsewhere.map(({ partition }) => `${stage.name}/${partition}`).join(', ');
    throw new RowUnavailable(
      'elsewhere',
      `${this.#layout.settings.name}: rows of '${step}' for that key belong to task ${tasks}, which another process runs: ask there`,
    );
  }

  async #until<T>(
    untilMs: number,
    what: string | (() => string),
    ask: (run: ReadableRun) => T | undefined | Promise<T | undefined>,
  ): Promise<T> {
    for (;;) {
      const { signal } = this.#news; // before it is asked: what is committed meanwhile counts
      const found = this.#run === undefined ? undefined : await ask(this.#run);
      if (found !== undefined) return found;
      const leftMs = untilMs - this.#clock.monotonic();
      if (leftMs <= 0) {
        const text = typeof what === 'string' ? what : what();
        throw new RowUnavailable('timeout', `${this.#layout.settings.name}: not within the time: ${text}`);
      }
      await this.#clock.sleep(Math.min(leftMs, POLL_MS), signal);
    }
  }
}

/** Behind all that is committed by now: the end of what is open is behind that, too. */
async function endOf({ client }: ReadableRun, topic: string, partition: number): Promise<number> {
  if (client.end === undefined)
    throw new PlanError(`this log does not say where ${topic} ends: nothing can be followed through it`);
  return client.end(topic, partition);
}

/** The tasks that may have rows of the key. */
function ownersOf({ stage, step, kept, key, after }: Asked, run: ReadableRun, routes: string[][]): Owners {
  const all = Array.from({ length: taskCount(stage, run.partitionsOf) }, (_, n) => n);
  const { table } = kept;
  const hop = hopBefore(stage, step);
  const serde = table?.key ?? (hop?.node.kind === 'rekey' ? hop.node.key : undefined);
  if (serde !== undefined) {
    const bytes = serde.serialise(key);
    const known = serde.parse(bytes);
    if (table?.table === 'global') return { key: known, partitions: all, isAnyOf: true };
    const own = partitionOfKey(bytes!, run.partitionsOf(table?.name ?? hop!.topic!));
    if (table !== undefined && after !== undefined && after.partition !== own)
      throw new PlanError(
        `that key lies in ${table.name}, partition ${own}, and after is in ${after.partition}`,
      );
    return { key: known, partitions: [own], isAnyOf: false };
  }
  // As it was written: whoever wrote it chose the partition.
  const isDirect = routes.some((route) => route.length === 1);
  return { key, partitions: isDirect ? [after!.partition] : all, isAnyOf: false };
}
