/** Tally: how many records came back, and for each reason why one did not: how many, and the first of them. */
import type { ReadRecord } from '../client/log-reader.ts';
import type { TurnedBack } from './way-back.ts';

/** More reasons than that are counted as one. */
const REASONS_MAX = 100;

export interface Missing {
  readonly reason: string;
  count: number;
  readonly partition: number;
  readonly offset: number;
  /** Of the record of another topic that the first one lacks. */
  readonly key?: string;
}

export class Tally {
  readonly #missing = new Map<string, Missing>();
  /** The last record that did not come back. */
  lastFailure: (Omit<Missing, 'count'> & { readonly atMs: number }) | undefined;
  records = 0;
  lossless = 0;

  add({ partition, offset }: ReadRecord, { missing, missingKey }: Omit<TurnedBack, 'raw'>): void {
    this.records++;
    if (missing === undefined) {
      this.lossless++;
      return;
    }
    const reason = this.#missing.has(missing) || this.#missing.size < REASONS_MAX ? missing : 'other reasons';
    this.lastFailure = { reason: missing, partition, offset: Number(offset), atMs: Date.now() };
    const known = this.#missing.get(reason);
    if (known !== undefined) {
      known.count++;
      return;
    }
    const first = { reason, count: 1, partition, offset: Number(offset) };
    this.#missing.set(reason, missingKey === undefined ? first : { ...first, key: missingKey });
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
      ({ reason, count, partition, offset, key }) =>
        `  ${count} not: ${reason} (first: partition ${partition}, offset ${offset}${key === undefined ? '' : `, key ${key}`})`,
    );
    return [`${topic}: ${this.lossless} of ${this.records} records ${verb}`, ...lines].join('\n');
  }
}
