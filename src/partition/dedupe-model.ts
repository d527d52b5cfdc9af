/** DedupeModel: what a topic that deduplicates does, in the plainest way: lists that are searched. Only tests import it. */
import type { DedupeRule } from './dedupe.ts';

/** A record, as far as it matters: its id, or none. */
export type ModelRecord = string | null;

interface Known {
  readonly id: string;
  readonly offset: number;
  readonly time: number;
}

export class DedupeModel {
  readonly #rule: Pick<DedupeRule, 'windowMs' | 'windowCount'>;
  readonly #counting: Known[] = [];
  readonly #held = new Map<number, Known[]>();
  /** Offset and id of every record that is there, in order. */
  readonly log: [number, ModelRecord][] = [];
  logEndOffset = 0;

  constructor(rule: Pick<DedupeRule, 'windowMs' | 'windowCount'>) {
    this.#rule = rule;
  }

  isOpen(producerId: number): boolean {
    return this.#held.has(producerId);
  }

  /** `producerId`: of the transaction; undefined: none. */
  produce(
    ids: readonly ModelRecord[],
    producerId: number | undefined,
    now: number,
  ): 'held' | { readonly baseOffset: number } {
    const counting = [...this.#counting];
    const own = [...(producerId === undefined ? [] : (this.#held.get(producerId) ?? []))];
    const taken: [number, ModelRecord][] = [];
    let original: number | undefined;
    for (const [index, id] of ids.entries()) {
      const offset = this.logEndOffset + index;
      if (id !== null) {
        const known = this.#within(counting, id, now) ?? own.find((one) => one.id === id);
        if (known !== undefined) {
          if (index === 0) original = known.offset;
          continue;
        }
        for (const [holder, held] of this.#held)
          if (holder !== producerId && held.some((one) => one.id === id)) return 'held';
        (producerId === undefined ? counting : own).push({ id, offset, time: now });
      }
      taken.push([offset, id]);
    }
    if (taken.length === 0) return { baseOffset: original! };
    this.#counting.splice(0, Number.POSITIVE_INFINITY, ...counting);
    if (producerId !== undefined) this.#held.set(producerId, own);
    const baseOffset = this.logEndOffset;
    this.logEndOffset += ids.length;
    this.log.push(...taken);
    return { baseOffset };
  }

  #within(counting: readonly Known[], id: string, now: number): Known | undefined {
    const at = counting.findLastIndex((one) => one.id === id);
    if (at < 0 || counting.length - at > this.#rule.windowCount) return undefined;
    return now - counting[at]!.time < this.#rule.windowMs ? counting[at] : undefined;
  }

  end(producerId: number, isCommit: boolean, now: number): void {
    const held = this.#held.get(producerId) ?? [];
    this.#held.delete(producerId);
    if (isCommit) this.#counting.push(...held.map((one) => ({ ...one, time: now })));
    this.logEndOffset++;
  }
}
