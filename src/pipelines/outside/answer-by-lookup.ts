/** A lookup of the user's answers (streams/operators/enrich.ts, E1 to E4), with what it said before remembered for a while. */
import type { Clock } from '../../env/index.ts';
import type { LookupSettings } from '../../streams/index.ts';
import { type Answerer, type AnswererSettings, Unanswerable } from './answerer.ts';

interface Entry {
  readonly found: unknown;
  readonly untilMs: number;
}

const PAUSE_MS = 100;
const PAUSE_MS_MAX = 5_000;

export async function answerByLookup(settings: unknown, { clock }: AnswererSettings): Promise<Answerer> {
  return new LookupAnswerer(settings as LookupSettings, clock);
}

class LookupAnswerer implements Answerer {
  readonly #settings: LookupSettings;
  readonly #clock: Clock;
  /** The entry that was used longest ago comes first. */
  readonly #entries = new Map<unknown, Entry>();
  readonly #open = new Map<unknown, Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(settings: LookupSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  async answer(id: unknown): Promise<unknown> {
    const entry = this.#entries.get(id);
    if (entry !== undefined) {
      this.#entries.delete(id);
      if (entry.untilMs > this.#clock.monotonic()) {
        this.#entries.set(id, entry);
        return entry.found;
      }
    }
    let open = this.#open.get(id);
    if (open === undefined) {
      open = this.#find(id).finally(() => this.#open.delete(id));
      this.#open.set(id, open);
    }
    return open;
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  async #find(id: unknown): Promise<unknown> {
    const { attempts, ttlMs, negativeTtlMs, maxEntries, isWaiting } = this.#settings;
    for (let nth = 1, pauseMs = PAUSE_MS; ; nth++, pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      try {
        const found = await this.#ask(id);
        const isNothing = found === null || found === undefined;
        const untilMs = this.#clock.monotonic() + (isNothing ? negativeTtlMs : ttlMs);
        if (this.#entries.size >= maxEntries) this.#entries.delete(this.#entries.keys().next().value);
        this.#entries.set(id, { found, untilMs });
        return found;
      } catch (error) {
        if (error instanceof Unanswerable) throw error;
        const message = error instanceof Error ? error.message : String(error);
        if (isWaiting)
          throw new Error(`the lookup of '${String(id)}' failed: ${message}; it is asked until it answers`);
        if (nth >= attempts || this.#closing.signal.aborted)
          throw new Unanswerable(`the lookup of '${String(id)}' failed ${nth} times, at last: ${message}`);
        await this.#clock.sleep(pauseMs, this.#closing.signal);
      }
    }
  }

  async #ask(id: unknown): Promise<unknown> {
    const { lookup, timeoutMs } = this.#settings;
    const over = new AbortController();
    const timer = new AbortController();
    const ended = AbortSignal.any([timer.signal, this.#closing.signal]);
    const late = this.#clock.sleep(timeoutMs, ended).then(() => {
      over.abort();
      throw new Error(`no answer within ${timeoutMs} ms`);
    });
    late.catch(() => undefined); // it may lose the race
    try {
      return await Promise.race([lookup(id, { signal: over.signal }), late]);
    } finally {
      timer.abort();
    }
  }
}
