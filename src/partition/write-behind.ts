/**
 * WriteBehind: when what is durable goes to segments, because memory or the journal wants room, and who waits for that room.
 *
 *   tails above half of `gregor.tail.bytes`   -> flush         memory may be let go; above all of it produce waits
 *   journal above half of its limit           -> checkpoint    the journal behind it is free; where it covers nothing more, produce waits
 *
 * One of each runs at a time, and one that was wanted meanwhile follows: what runs may have looked before the newest frame was durable.
 */
import type { Journal } from '../journal/index.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { StorageOptions } from './storage-options.ts';

export interface WriteBehindParts {
  readonly journal: Journal;
  readonly checkpointer: Checkpointer;
  readonly options: StorageOptions;
  /** Aborted: whoever closes the folder writes everything himself. */
  readonly stopped: AbortSignal;
  /** True: an append is refused at once. */
  readonly isFull: () => boolean;
  /** Takes what runs by itself, and its failure. */
  readonly background: (work: Promise<unknown>) => void;
}

export class WriteBehind {
  readonly #parts: WriteBehindParts;
  /** Produce requests that wait until memory has room. */
  readonly #waiting: (() => void)[] = [];
  #wantsCheckpoint = false;
  #wantsFlush = false;

  constructor(parts: WriteBehindParts) {
    this.#parts = parts;
    parts.checkpointer.onFlushed = () => this.#flushed();
  }

  /** Undefined: `bytes` can be appended now. Otherwise resolves when it is worth trying. */
  whenReady(bytes: number): Promise<void> | undefined {
    if (this.#parts.isFull()) return undefined; // the append itself gives the definite answer
    if (this.#isTailFull && !this.#parts.stopped.aborted) {
      this.#flush();
      return new Promise((resolve) => this.#waiting.push(resolve));
    }
    const covered = this.#parts.journal.whenCovered(bytes);
    if (covered !== undefined && !this.#parts.journal.isGrowing) this.wantCheckpoint();
    return covered;
  }

  get #isTailFull(): boolean {
    return this.#parts.checkpointer.tailBytes > this.#parts.options.tailBytes;
  }

  /** Whoever waits for memory tries again, and hears why not. */
  wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** A frame is durable, and all watermarks have moved. */
  durable(): void {
    const { journal, checkpointer, options } = this.#parts;
    if (checkpointer.wantsFlush) this.#flush();
    if (journal.usedBytes > options.journal.limitBytes / 2) this.requireCheckpoint();
  }

  #flush(): void {
    const { checkpointer, stopped, background } = this.#parts;
    if (stopped.aborted) return;
    if (checkpointer.isFlushing) this.#wantsFlush = true;
    else background(checkpointer.flush());
  }

  /** Memory may have been let go. What is not durable yet stays: then the next durable frame flushes again. */
  #flushed(): void {
    if (!this.#isTailFull || this.#parts.stopped.aborted) this.wake();
    if (!this.#wantsFlush) return;
    this.#wantsFlush = false;
    if (this.#parts.checkpointer.wantsFlush) this.#flush();
  }

  /** A checkpoint runs or begins. */
  requireCheckpoint(): void {
    if (!this.#parts.checkpointer.isRunning) this.wantCheckpoint();
  }

  /** A checkpoint that begins from now on: one that is running may have marked too early to make room. */
  wantCheckpoint(): void {
    const { checkpointer, background } = this.#parts;
    if (checkpointer.isRunning) {
      this.#wantsCheckpoint = true;
      return;
    }
    background(
      checkpointer.checkpoint().then(() => {
        if (!this.#wantsCheckpoint) return;
        this.#wantsCheckpoint = false;
        this.wantCheckpoint();
      }),
    );
  }
}
