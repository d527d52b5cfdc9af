/**
 * PinWatch: tells how far committed positions stay behind because records are held in Redis by reference, and warns before
 * retention reaches the oldest of them.
 *
 *   --+----------x---------------+-->       when start is near x: a longer retention, or a shorter wait
 *   start      pinned           seen
 */
import type { EventSink } from '../base/index.ts';
import type { Clock } from '../env/index.ts';
import type { Layout } from '../streams/index.ts';
import type { LogClient } from './log-client.ts';
import { hopsOf } from './trim.ts';

export interface Pinned {
  readonly topic: string;
  readonly partition: number;
  /** Of the oldest record that is held. */
  readonly offset: number;
  /** How many records have been taken since. */
  readonly lag: number;
}

const EVERY_MS = 10_000;
/** Less than this part of the topic lies before the oldest held record. */
const NEAR = 0.1;

interface Surroundings {
  readonly client: LogClient;
  readonly clock: Clock;
  readonly events: EventSink | undefined;
  readonly layout: Layout;
}

export class PinWatch {
  readonly #client: LogClient;
  readonly #clock: Clock;
  readonly #events: EventSink | undefined;
  /** Trimmed up to the oldest held record, and no further: that their start is near says nothing. */
  readonly #hops: ReadonlySet<string>;
  #nextMs: number;

  constructor({ client, clock, events, layout }: Surroundings) {
    this.#hops = hopsOf(layout);
    this.#client = client;
    this.#clock = clock;
    this.#events = events;
    this.#nextMs = clock.monotonic() + EVERY_MS;
  }

  async look(all: () => readonly Pinned[]): Promise<void> {
    if (this.#clock.monotonic() < this.#nextMs) return;
    this.#nextMs = this.#clock.monotonic() + EVERY_MS;
    for (const pinned of all()) await this.#one(pinned);
  }

  async #one({ topic, partition, offset, lag }: Pinned): Promise<void> {
    const fields = { topic, partition, offset, lag };
    this.#events?.('info', 'pipeline.pinned', fields);
    const start = await this.#client.start?.(topic, partition).catch(() => undefined); // not at the moment
    if (start === undefined || start === 0) return;
    if (offset < start)
      this.#events?.('error', 'pipeline.pinned.lost', {
        ...fields,
        start,
        message: `retention has removed ${start - offset} records from the oldest on that is held; when Redis loses them, or this process ends, the pipeline stops`,
      });
    else if (!this.#hops.has(topic) && offset - start < NEAR * (offset + lag - start))
      this.#events?.('warn', 'pipeline.pinned.retention', {
        ...fields,
        start,
        message:
          'retention is near the oldest record that is held: keep the topic longer, or hold records shorter',
      });
  }
}
