/**
 * Space: the journal's files, and which bytes of them are free, synced and contiguous.
 *
 *   slot 0  [frames ----------- position ····· free ····· end]     the current one
 *   slot 1  [free ························· end]                   recycled: its frames lie before the last checkpoint
 *
 * Invariants
 *   V1  `end` of a slot covers only bytes that were written once and synced: a frame there never needs new blocks
 *   V2  a slot is free only when no frame in it lies behind the last checkpoint
 *   V3  files together never exceed the limit, but for one that a recovery may need, or that is missing beside the current
 *       one: a file is freed only after the frames have moved to another
 *   V4  a growth that found no room is tried again; any other error, and every error of a sync, is final (guarantee D5)
 *   V5  growing writes at most STEP_WRITE_BYTES between two syncs, so that commits go on beside it
 */
import type { EventSink } from '../base/index.ts';
import { type Environment, type File, isDiskFull } from '../env/index.ts';
import { aligned } from './frame-header.ts';
import type { JournalOptions } from './options.ts';

export interface Slot {
  readonly index: number;
  readonly file: File;
  /** V1 */
  end: number;
  /** Highest sequence that has its place in this slot; -1: free. */
  lastSequence: number;
}

export interface Place {
  readonly slot: Slot;
  readonly position: number;
}

const STEP_WRITE_BYTES = 1024 * 1024;
const RETRY_MS = 1000;
const NAME_DIGITS = 8;

export function slotName(index: number): string {
  return String(index).padStart(NAME_DIGITS, '0');
}

/** The number that a file's name states; undefined for any other name. */
export function slotIndex(name: string): number | undefined {
  return /^\d{8}$/.test(name) ? Number(name) : undefined;
}

export class Space {
  readonly slots: Slot[] = [];
  readonly #env: Environment;
  readonly #events: EventSink;
  readonly #options: JournalOptions;
  #current: Slot | undefined;
  /** Where the next frame begins in the current slot. */
  position = 0;
  /** Undefined: a slot has changed. */
  #counts: { readonly capacityBytes: number; readonly usedElsewhere: number } | undefined;
  #growing: Promise<void> | undefined;
  #isClosed = false;
  /** Stays true when a sync failed. */
  #isSyncing = false;
  /** The last try to grow failed: there is no room to wait for. */
  cannotGrow = false;
  /** Told when there may be room again, or growing failed. */
  onChange: () => void = () => {};
  /** Told when a file cannot be trusted any more: nothing may be written or synced after that. */
  onBroken: (error: unknown) => void = () => {};

  constructor(env: Environment, events: EventSink, options: JournalOptions) {
    this.#env = env;
    this.#events = events;
    this.#options = options;
  }

  /** Opens the files that are there. All count as used until `freeAllBut`. */
  async open(): Promise<void> {
    const { disk } = this.#env;
    for (const name of await disk.list(this.#options.directory)) {
      const index = slotIndex(name);
      if (index === undefined) continue;
      const file = await disk.open(`${this.#options.directory}/${name}`);
      this.slots.push({ index, file, end: file.size, lastSequence: Infinity });
    }
    this.#counts = undefined;
  }

  /** Everything is free but the slots named, whose frames end with `lastSequence`. Makes a first step where nothing is. */
  async freeAllBut(used: ReadonlySet<number>, lastSequence: number): Promise<void> {
    for (const slot of this.slots) {
      if (used.has(slot.index)) {
        slot.lastSequence = lastSequence; // V2: known now, so that a checkpoint can release it
        continue;
      }
      slot.lastSequence = -1;
      await slot.file.sync(); // V1: what a crash interrupted may be there without being synced
    }
    this.#counts = undefined;
    if (!this.slots.some((slot) => slot.lastSequence === -1 && slot.end > 0)) await this.#growOnce(undefined);
  }

  get capacityBytes(): number {
    return this.#counted.capacityBytes;
  }

  get usedBytes(): number {
    const current = this.#current;
    const inCurrent = current === undefined || current.lastSequence === -1 ? 0 : this.position;
    return this.#counted.usedElsewhere + inCurrent;
  }

  /** Asked for with every append, so it is counted only when a slot has changed. */
  get #counted(): { readonly capacityBytes: number; readonly usedElsewhere: number } {
    if (this.#counts !== undefined) return this.#counts;
    let capacityBytes = 0;
    let usedElsewhere = 0;
    for (const slot of this.slots) {
      capacityBytes += slot.end;
      if (slot !== this.#current && slot.lastSequence !== -1) usedElsewhere += slot.end;
    }
    this.#counts = { capacityBytes, usedElsewhere };
    return this.#counts;
  }

  /** Free bytes in all slots. */
  get freeBytes(): number {
    return this.capacityBytes - this.usedBytes;
  }

  /** Where a frame of `bytes` could begin: behind the last one, else at the head of a free slot. `after`: bytes of a frame being filled. */
  find(bytes: number, after: number): Place | undefined {
    const position = this.position + after;
    if (this.#current !== undefined && this.#current.end - position >= aligned(bytes))
      return { slot: this.#current, position };
    const slot = this.slots.find(
      (one) => one.lastSequence === -1 && one !== this.#current && one.end >= aligned(bytes),
    );
    return slot === undefined ? undefined : { slot, position: 0 };
  }

  /** A frame with this sequence begins at `place`. */
  take(place: Place, sequence: number): void {
    if (place.slot !== this.#current) this.#counts = undefined;
    this.#current = place.slot;
    this.position = place.position;
    place.slot.lastSequence = sequence;
  }

  /** The frame that was to begin at the head of this slot goes elsewhere: nothing is in it. */
  leave(slot: Slot): void {
    slot.lastSequence = -1;
    this.#counts = undefined;
  }

  /** The frame that began at `position` takes so many bytes. */
  passed(bytes: number): void {
    this.position += aligned(bytes);
  }

  /** Room for a frame of `bytes` where recovery needs it, even beyond the limit (V3). */
  async makeRoom(bytes: number): Promise<Place> {
    let slot: Slot | undefined;
    while (slot === undefined || slot.end < aligned(bytes)) {
      await this.#growOnce(slot);
      slot ??= this.slots.at(-1)!;
    }
    return { slot, position: 0 };
  }

  get current(): Slot | undefined {
    return this.#current;
  }

  /** V2: slots whose frames all lie before `sequence` are free again. */
  release(sequence: number): void {
    for (const slot of this.slots)
      if (slot !== this.#current && slot.lastSequence < sequence) slot.lastSequence = -1;
    this.#counts = undefined;
    this.onChange();
  }

  /** Grows in the background until there is a step to spare and room for a frame of `bytes`; one at a time. */
  growFor(bytes: number): void {
    if (this.#growing !== undefined || this.#isClosed || !this.#wants(bytes)) return;
    this.#growing = this.#grow(bytes).finally(() => {
      this.#growing = undefined;
      this.onChange();
    });
  }

  /** True: there will be more room without a checkpoint, and `onChange` tells. */
  get isGrowing(): boolean {
    return this.#growing !== undefined;
  }

  #wants(bytes: number): boolean {
    const { stepBytes, reserveBytes } = this.#options;
    const wanted = Math.max(stepBytes, aligned(bytes));
    return this.canGrow && (this.freeBytes < reserveBytes + wanted || this.find(bytes, 0) === undefined);
  }

  /** True: a recovery had to begin beyond the limit (V3), and nothing is free: the next one would go further. */
  get isBeyondLimit(): boolean {
    const isFree = (slot: Slot) => slot !== this.#current && slot.lastSequence === -1 && slot.end > 0;
    return this.capacityBytes > this.#options.limitBytes && !this.slots.some(isFree);
  }

  /** V3 */
  get canGrow(): boolean {
    const { fileBytes, limitBytes, stepBytes } = this.#options;
    if (this.capacityBytes + stepBytes <= limitBytes) return true;
    const others = this.slots.filter((slot) => slot !== this.#current).map((slot) => slot.end);
    return Math.max(0, ...others) + stepBytes <= fileBytes;
  }

  /** What a frame may take so that there is room for it after a checkpoint, whatever the files are filled with. */
  get frameBytesMax(): number {
    return this.#options.fileBytes - this.#options.reserveBytes;
  }

  async #grow(bytes: number): Promise<void> {
    try {
      while (!this.#isClosed && this.#wants(bytes)) {
        await this.#growOnce(this.#smallest());
        this.cannotGrow = false;
        this.onChange();
      }
    } catch (error) {
      if (this.#isClosed) return;
      if (this.#isSyncing || !isDiskFull(error)) {
        this.cannotGrow = true;
        this.onBroken(error); // V4
        return;
      }
      this.#events('warn', 'the journal cannot grow; produce is refused when it is full', {
        error: String(error),
      });
      this.cannotGrow = true;
      this.onChange();
      await this.#env.clock.sleep(RETRY_MS);
    }
  }

  /** The slot to make larger: the current one while it can, so that its space stays contiguous. */
  #smallest(): Slot | undefined {
    const { fileBytes, stepBytes } = this.#options;
    const fits = (slot: Slot) => slot.end + stepBytes <= fileBytes;
    if (this.#current !== undefined && fits(this.#current)) return this.#current;
    return this.slots.find((slot) => slot.lastSequence === -1 && fits(slot));
  }

  async #growOnce(existing: Slot | undefined): Promise<void> {
    const { directory, stepBytes } = this.#options;
    let slot = existing;
    if (slot === undefined) {
      const index = this.slots.reduce((highest, one) => Math.max(highest, one.index), -1) + 1;
      const file = await this.#env.disk.open(`${directory}/${slotName(index)}`, {
        create: true,
      });
      await this.#env.disk.syncDirectory(directory);
      await this.#env.disk.syncDirectory('.');
      slot = { index, file, end: 0, lastSequence: -1 };
      this.slots.push(slot);
      this.#counts = undefined;
    }
    const zeros = Buffer.alloc(Math.min(STEP_WRITE_BYTES, stepBytes));
    const end = slot.end + stepBytes;
    for (let at = slot.end; at < end; at += zeros.length) {
      if (this.#isClosed) return;
      await slot.file.write(at, [at + zeros.length <= end ? zeros : zeros.subarray(0, end - at)]);
      if ((at + zeros.length - slot.end) % (STEP_WRITE_BYTES * 4) === 0) await this.#sync(slot.file); // V5
    }
    if (this.#isClosed) return;
    await this.#sync(slot.file);
    slot.end = end; // V1
    this.#counts = undefined;
  }

  async #sync(file: File): Promise<void> {
    this.#isSyncing = true;
    await file.sync();
    this.#isSyncing = false;
  }

  /** A file failed: nothing is written or synced any more. */
  halt(): void {
    this.#isClosed = true;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#growing;
    for (const slot of this.slots) await slot.file.close();
  }
}
