/**
 * SimInode: one simulated file: what programs see, what the platter has, and the changes between the two.
 *
 *   current = durable + pending changes, in order
 *
 * A power cut leaves `durable` plus some of the changes: a whole number of them and a torn one, or any of their sectors.
 */
import type { Random } from '../random.ts';
import { FileContent } from '../memory/file-content.ts';

export type Change =
  | { readonly sequence: number; readonly position: number; readonly bytes: Buffer }
  | { readonly sequence: number; readonly size: number };

/** What a power cut does to one disk; drawn once per cut. */
export interface CutStyle {
  readonly keeps: 'nothing' | 'everything' | 'a prefix' | 'some sectors';
  /** Writes tear at multiples of this. 1: anywhere. */
  readonly unitBytes: number;
  /** How likely a sector survives, when some do. */
  readonly survival: number;
  /** How likely a lost sector still counts in the file's size: it reads as zeros, or as what lay there before. */
  readonly holes: number;
  readonly stale: Buffer | undefined;
}

export class SimInode {
  current = new FileContent();
  #durable = new FileContent();
  #pending: Change[] = [];

  get clean(): boolean {
    return this.#pending.length === 0;
  }

  /** A file as it would be found after the worst power cut. */
  durableCopy(): SimInode {
    const copy = new SimInode();
    copy.current = this.#durable.copy();
    copy.#durable = this.#durable.copy();
    return copy;
  }

  cut(size: number): void {
    this.current.truncate(size);
    this.#durable.truncate(Math.min(size, this.#durable.size));
  }

  apply(change: Change): void {
    applyTo(this.current, change);
    this.#pending.push(change);
  }

  /** Everything up to that change is on the platter. */
  persist(upTo: number): void {
    let count = 0;
    for (const change of this.#pending) {
      if (change.sequence > upTo) break;
      applyTo(this.#durable, change);
      count++;
    }
    this.#pending.splice(0, count);
  }

  /** As `persist`, but the device failed: the kernel drops what it could not write and calls the rest clean. */
  persistSome(upTo: number, random: Random): void {
    const kept = this.#pending.filter((change) => change.sequence > upTo);
    for (const change of this.#pending)
      if (change.sequence <= upTo && random.next() < 0.5) applyTo(this.#durable, change);
    this.#pending = kept;
  }

  flipBit(position: number, bit: number): void {
    this.current.flipBit(position, bit);
    this.#durable.flipBit(position, bit);
  }

  /** Returns what happened to each lost or torn write, for coverage. */
  powerCut(style: CutStyle, random: Random): { lost: number; torn: number } {
    const { keeps, unitBytes } = style;
    const count = { lost: 0, torn: 0 };
    const whole =
      keeps === 'everything'
        ? this.#pending.length
        : keeps === 'a prefix'
          ? random.below(this.#pending.length + 1)
          : 0;
    for (const change of this.#pending.slice(0, whole)) applyTo(this.#durable, change);
    for (const [index, change] of this.#pending.slice(whole).entries()) {
      if (!('bytes' in change)) {
        if (keeps === 'some sectors' && random.next() < style.survival) applyTo(this.#durable, change);
      } else if (keeps === 'a prefix' && index === 0) {
        const end = change.position + random.below(change.bytes.length + 1);
        const torn = Math.max(change.position, end - (end % unitBytes)) - change.position;
        if (torn > 0) this.#durable.write(change.position, change.bytes.subarray(0, torn));
        count[torn > 0 && torn < change.bytes.length ? 'torn' : 'lost']++;
      } else if (keeps === 'some sectors') {
        const survived = this.#keepSectors(change.position, change.bytes, style, random);
        if (survived < change.bytes.length) count[survived > 0 ? 'torn' : 'lost']++;
      } else count.lost++;
    }
    this.#pending = [];
    this.current = this.#durable.copy();
    return count;
  }

  #keepSectors(position: number, bytes: Buffer, style: CutStyle, random: Random): number {
    const unit = style.unitBytes === 1 ? 512 : style.unitBytes;
    let survived = 0;
    for (let at = position; at < position + bytes.length; ) {
      const end = Math.min(position + bytes.length, at - (at % unit) + unit);
      const sector = bytes.subarray(at - position, end - position);
      if (random.next() < style.survival) {
        const length =
          style.unitBytes === 1 && random.next() < 0.1 ? random.below(sector.length + 1) : sector.length;
        this.#durable.write(at, sector.subarray(0, length));
        survived += length;
      } else if (end > this.#durable.size && random.next() < style.holes) {
        this.#durable.truncate(end);
        if (style.stale !== undefined) this.#durable.write(at, style.stale.subarray(at, end));
      }
      at = end;
    }
    return survived;
  }
}

function applyTo(content: FileContent, change: Change): void {
  if ('bytes' in change) content.write(change.position, change.bytes);
  else content.truncate(change.size);
}
