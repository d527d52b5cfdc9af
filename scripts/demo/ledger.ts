/** Ledger: every record that the group read, by partition and offset: what is missing, what is there twice, what is out of order. */
export interface Verdict {
  readonly read: number;
  readonly missing: number;
  /** The same row at two offsets: a duplicate in the log. */
  readonly duplicates: number;
  readonly outOfOrder: number;
  /** The same offset given to the group twice: allowed after a rebalance, not a duplicate in the log. */
  readonly redelivered: number;
  readonly gaps: number;
}

export class Ledger {
  readonly #rows: number;
  /** Row by offset, for each partition. */
  readonly #partitions: number[][] = [];
  #read = 0;
  #redelivered = 0;

  constructor(rows: number) {
    this.#rows = rows;
  }

  /** Records at different places of the log. */
  get read(): number {
    return this.#read;
  }

  note(partition: number, offset: number, row: number): void {
    const log = (this.#partitions[partition] ??= []);
    if (log[offset] !== undefined) {
      this.#redelivered++;
      return;
    }
    log[offset] = row;
    this.#read++;
  }

  verdict(): Verdict {
    const seen = new Uint8Array(this.#rows);
    let duplicates = 0;
    let outOfOrder = 0;
    let gaps = 0;
    for (const log of this.#partitions) {
      let last = -1;
      for (let offset = 0; offset < (log?.length ?? 0); offset++) {
        const row = log[offset];
        if (row === undefined) {
          gaps++;
          continue;
        }
        if (seen[row] === 1) duplicates++;
        seen[row] = 1;
        if (row < last) outOfOrder++;
        last = row;
      }
    }
    const missing = this.#rows - seen.reduce((sum, one) => sum + one, 0);
    return { read: this.#read, missing, duplicates, outOfOrder, redelivered: this.#redelivered, gaps };
  }
}
