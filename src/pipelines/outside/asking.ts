/**
 * Asking: carries the questions of one task to those who answer, and the answers back.
 *
 *   task.questions() -> answerer -> task.answer() -> more questions ...
 *                          + down? -> pause, the same question again, for ever
 *
 *   A1  an outage of a step is told once when it begins and once when it ends
 *   A2  what the task throws when it is answered is thrown to whoever settles it
 */
import type { EventSink } from '../../base/index.ts';
import type { Clock } from '../../env/index.ts';
import type { Question, Row, Task } from '../../streams/index.ts';
import { type Answerer, Unanswerable } from './answerer.ts';
import { closeAnswerers } from './answerers.ts';

const PAUSE_MS = 100;
const PAUSE_MS_MAX = 5_000;

export class Asking {
  readonly #task: Task;
  readonly #answerers: ReadonlyMap<string, Answerer>;
  readonly #clock: Clock;
  readonly #events: EventSink | undefined;
  readonly #closing = new AbortController();
  /** Steps whose world outside does not answer. */
  readonly #down = new Set<string>();
  #failure: { readonly error: unknown } | undefined;
  #wake = new AbortController();

  constructor(
    task: Task,
    answerers: ReadonlyMap<string, Answerer>,
    { clock, events }: { readonly clock: Clock; readonly events: EventSink | undefined },
  ) {
    this.#task = task;
    this.#answerers = answerers;
    this.#clock = clock;
    this.#events = events;
  }

  /** The task threw when it was answered: it must not be used any more. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Whatever the task wants to know now is on its way afterwards. */
  send(): void {
    for (const question of this.#task.questions()) void this.#pursue(question);
  }

  /** Waits until all is answered, but not longer than that. Says whether it is. */
  async settle(withinMs: number): Promise<boolean> {
    const untilMs = this.#clock.monotonic() + withinMs;
    this.send();
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const leftMs = untilMs - this.#clock.monotonic();
      if (this.#task.waiting === 0 || leftMs <= 0) return this.#task.waiting === 0;
      this.#wake = new AbortController();
      await this.#clock.sleep(leftMs, this.#wake.signal);
    }
  }

  /** Rejects when somebody cannot be reached: there is no need to wait for him then. */
  async reach(): Promise<void> {
    await Promise.all([...this.#answerers.values()].map((answerer) => answerer.reach?.()));
  }

  /** Rows of tables that are kept outside, by the step whose they are. */
  async remember(rows: readonly Row[]): Promise<void> {
    const byStep = new Map<string, Row[]>();
    for (const row of rows) {
      const step = this.#task.outsideTables.get(row.table);
      if (step === undefined) continue;
      const some = byStep.get(step);
      if (some === undefined) byStep.set(step, [row]);
      else some.push(row);
    }
    await Promise.all([...byStep].map(([step, some]) => this.#answerers.get(step)!.remember!(some)));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await closeAnswerers(this.#answerers);
  }

  async #pursue({ id, step, data }: Question): Promise<void> {
    const answerer = this.#answerers.get(step)!;
    for (let pauseMs = PAUSE_MS; !this.#closing.signal.aborted; ) {
      try {
        const value = await answerer.answer(data);
        if (pauseMs > PAUSE_MS) this.#told(step); // others may have been under way before it went down
        this.#feed(id, { value });
        return;
      } catch (error) {
        if (error instanceof Unanswerable) {
          this.#feed(id, { refusal: error.message });
          return;
        }
        this.#untold(step, error);
      }
      await this.#clock.sleep(pauseMs, this.#closing.signal);
      pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX);
    }
  }

  #feed(id: number, answer: Parameters<Task['answer']>[1]): void {
    if (this.#closing.signal.aborted || this.#failure !== undefined) return;
    try {
      this.#task.answer(id, answer);
      this.send();
    } catch (error) {
      this.#failure = { error };
    }
    if (this.#task.waiting === 0 || this.#failure !== undefined) this.#wake.abort();
  }

  #told(step: string): void {
    if (this.#down.delete(step)) this.#events?.('info', 'pipeline.outside.back', { step });
  }

  #untold(step: string, error: unknown): void {
    if (this.#down.has(step) || this.#closing.signal.aborted) return;
    this.#down.add(step);
    const message = error instanceof Error ? error.message : String(error);
    this.#events?.('warn', 'pipeline.outside.down', { step, message });
  }
}
