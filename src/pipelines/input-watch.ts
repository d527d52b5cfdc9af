/**
 * InputWatch: tells when an input has got more partitions than this run reads. Who is in which task was settled when it began, so they wait
 * for the next start; and nobody would see that they do.
 *
 *   R1  nothing waits for it: one request at a time, with EVERY_MS between two; where nobody answers it asks again
 *   R2  each number of partitions is told once
 */
import type { EventSink } from '../base/index.ts';
import type { Clock } from '../env/index.ts';
import type { Layout } from '../streams/index.ts';
import type { LogClient } from './log-client.ts';

const EVERY_MS = 10_000;

interface Surroundings {
  readonly client: Pick<LogClient, 'partitions'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly events: EventSink | undefined;
  readonly layout: Layout;
}

export class InputWatch {
  readonly #with: Surroundings;
  /** Topic -> how many partitions are read, or were told. */
  readonly #counts: Map<string, number>;
  #nextMs: number;
  #isUnderWay = false;
  #isClosed = false;

  constructor(surroundings: Surroundings, inputs: Iterable<string>, partitionsOf: (topic: string) => number) {
    this.#with = surroundings;
    this.#counts = new Map(Array.from(inputs, (topic) => [topic, partitionsOf(topic)]));
    this.#nextMs = surroundings.clock.monotonic() + EVERY_MS;
  }

  look(): void {
    const nowMs = this.#with.clock.monotonic();
    if (nowMs < this.#nextMs || this.#isUnderWay) return;
    this.#nextMs = nowMs + EVERY_MS;
    void this.#ask();
  }

  /** What is under way may be told to nobody any more. */
  close(): void {
    this.#isClosed = true;
  }

  async #ask(): Promise<void> {
    this.#isUnderWay = true;
    try {
      const now = await this.#with.client.partitions([...this.#counts.keys()]);
      for (const [topic, count] of now) this.#compare(topic, count);
    } catch {
      // whoever reads the topics tells what is wrong with the log
    }
    this.#isUnderWay = false;
  }

  #compare(topic: string, count: number): void {
    const before = this.#counts.get(topic) ?? count;
    if (count <= before || this.#isClosed) return;
    this.#counts.set(topic, count);
    const { events, layout } = this.#with;
    events?.('warn', 'pipeline.input.grown', {
      pipeline: layout.settings.name,
      topic,
      partitions: count,
      message: `'${topic}' has ${count} partitions now; what is in the new ones is read when the pipeline is started again`,
    });
  }
}
