/**
 * DirectWrites: the large batches of one partition that go straight into their segment, with what lies before them, while their frames
 * wait for it (docs/decisions/0017-large-batches-go-straight-into-their-segment.md).
 *
 * Invariants
 *   X1  what is written counts (for the manifest, for the tail) only when its frame is durable, and in the order of the writes
 */
import type { TakenFrame } from '../journal/index.ts';
import type { PartitionLog, Plan, Written } from '../log/index.ts';
import type { Tail } from './tail.ts';
import type { TailBatch } from './tail-batches.ts';

interface DirectWrite {
  readonly frame: TakenFrame;
  readonly batches: number;
  /** Of the oldest of them. */
  readonly firstSequence: number;
  readonly written: Promise<void>;
  what: Written | undefined;
}

export class DirectWrites {
  readonly #log: PartitionLog;
  readonly #tail: Tail;
  readonly #underWay: DirectWrite[] = [];
  /** Frames up to this one are durable. */
  #durableSequence = 0;

  constructor(log: PartitionLog, tail: Tail) {
    this.#log = log;
    this.#tail = tail;
  }

  /** Writes what the tail has, as planned in this turn; the last of it is the batch that `frame` refers to. */
  begin(plan: Plan, batches: readonly TailBatch[], frame: TakenFrame): Promise<void> {
    const written = this.#log.follow(plan, batches).then((what) => {
      write.what = what;
      this.#count();
    });
    const { length, 0: first } = batches;
    const firstSequence = first?.sequence ?? frame.sequence;
    const write: DirectWrite = { frame, batches: length, firstSequence, written, what: undefined };
    this.#underWay.push(write);
    frame.awaits({ written, home: this.#log });
    return written;
  }

  durableTo(sequence: number): void {
    this.#durableSequence = sequence;
    this.#count();
  }

  /**
   * Undefined: everything counts that is durable by frame `sequence`, also what is written together with a batch of a later frame,
   * and counts with it. Otherwise resolves when it is to be asked again: meanwhile more may have been begun. Rejects when the disk failed.
   */
  whenSettled(sequence: number): Promise<void> | undefined {
    const [first] = this.#underWay;
    if (first === undefined) return undefined;
    const { frame, written, firstSequence } = first;
    if (firstSequence > sequence) return undefined;
    return written.then(() => frame.durable);
  }

  /** X1 */
  #count(): void {
    for (;;) {
      const [first] = this.#underWay;
      if (first?.what === undefined || first.frame.sequence > this.#durableSequence) return;
      this.#underWay.shift();
      this.#log.count(first.what);
      this.#tail.wrote(first.batches);
      const newest = first.what.at(-1);
      if (newest !== undefined && !first.frame.isEmbedded) this.#log.listed(newest.state.baseOffset);
    }
  }
}
