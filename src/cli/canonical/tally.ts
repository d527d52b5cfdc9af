/** Tally: how many records came back, and for each reason why one did not: how many, and the first of them. */
import type { ReadRecord } from '../client/log-reader.ts';

/** More reasons than that are counted as one. */
const REASONS_MAX = 100;

export interface Missing {
  readonly reason: string;
  count: number;
  readonly partition: number;
  readonly offset: number;
}

export class Tally {
  readonly #missing = new Map<string, Missing>();
  records = 0;
  lossless = 0;

  add({ partition, offset }: ReadRecord, reason: string | undefined): void {
    this.records++;
    if (reason === undefined) {
      this.lossless++;
      return;
    }
    const named = this.#missing.has(reason) || this.#missing.size < REASONS_MAX ? reason : 'other reasons';
    const known = this.#missing.get(named);
    if (known === undefined)
      this.#missing.set(named, { reason: named, count: 1, partition, offset: Number(offset) });
    else known.count++;
  }

  get isWhole(): boolean {
    return this.lossless === this.records;
  }

  /** `losslessRatio` is 1 for an empty topic. */
  fact(topic: string) {
    const losslessRatio = this.records === 0 ? 1 : this.lossless / this.records;
    return {
      topic,
      records: this.records,
      lossless: this.lossless,
      losslessRatio,
      missing: [...this.#missing.values()],
    };
  }

  text(topic: string, verb: string): string {
    const lines = [...this.#missing.values()].map(
      ({ reason, count, partition, offset }) =>
        `  ${count} not: ${reason} (first: partition ${partition}, offset ${offset})`,
    );
    return [`${topic}: ${this.lossless} of ${this.records} records ${verb}`, ...lines].join('\n');
  }
}
