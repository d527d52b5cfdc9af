/**
 * Trim: deletes what lies behind the readers of a pipeline's own repartition topics. Each partition of them has one reader, so what
 * is below its committed position is never read again.
 *
 *   +--- deleted ---+----x----x------+-->       x: held in Redis by reference, so the position stays at the first of them
 *               committed          read
 *
 *   R1  only topics that the plan itself makes for a `keyBy`; never above what this process has committed, or has found committed when
 *       it opened the task
 *   R2  nothing waits for it: one request at a time, with EVERY_MS between two. A failure is told once, until it works again, and tried again
 */
import type { EventSink } from '../base/index.ts';
import type { Clock } from '../env/index.ts';
import type { Layout } from '../streams/index.ts';
import type { LogClient, Position } from './log-client.ts';

const EVERY_MS = 5_000;

/** The topics between the stages of a plan. */
export function hopsOf({ topics }: Layout): ReadonlySet<string> {
  return new Set(topics.filter(({ kind }) => kind === 'repartition').map(({ name }) => name));
}

interface Surroundings {
  readonly client: LogClient;
  readonly clock: Clock;
  readonly events: EventSink | undefined;
  readonly layout: Layout;
}

export class Trim {
  readonly #with: Surroundings;
  readonly #hops: ReadonlySet<string>;
  /** `topic/partition` -> what begins there now, as far as we know. */
  readonly #starts = new Map<string, number>();
  #nextMs = 0;
  #isUnderWay = false;
  #isFailing = false;
  #isClosed = false;

  constructor(surroundings: Surroundings) {
    this.#with = surroundings;
    this.#hops = hopsOf(surroundings.layout);
  }

  /** `committed`: of all tasks of this process. */
  look(committed: () => readonly Position[]): void {
    const nowMs = this.#with.clock.monotonic();
    if (nowMs < this.#nextMs || this.#isUnderWay || this.#hops.size === 0) return;
    const due = committed().filter((one) => this.#hops.has(one.topic) && one.offset > this.#startOf(one));
    if (due.length === 0) return;
    this.#nextMs = nowMs + EVERY_MS;
    void this.#delete(due);
  }

  /** What is under way may be told to nobody any more. */
  close(): void {
    this.#isClosed = true;
  }

  async #delete(before: readonly Position[]): Promise<void> {
    const { client, events, layout } = this.#with;
    this.#isUnderWay = true;
    try {
      await client.deleteRecords?.(before);
      for (const one of before) this.#starts.set(nameOf(one), one.offset);
      this.#isFailing = false;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const fields = { pipeline: layout.settings.name, message };
      if (!this.#isFailing && !this.#isClosed) events?.('warn', 'pipeline.trim.failed', fields);
      this.#isFailing = true;
    }
    this.#isUnderWay = false;
  }

  #startOf(position: Position): number {
    return this.#starts.get(nameOf(position)) ?? 0;
  }
}

function nameOf({ topic, partition }: Position): string {
  return `${topic}/${partition}`;
}
