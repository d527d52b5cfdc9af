/** Batches: raw values on their way to a producer, a thousand at a time; their number and hash are kept, to be compared with what comes back. */
import { createHash, type Hash } from 'node:crypto';

export interface Sent {
  readonly count: number;
  /** SHA-256 of all values, one behind the other. */
  readonly digest: string;
}

const BATCH = 1000;

/** One batch is in flight at a time. */
export class Batches {
  readonly #send: (raws: string[]) => Promise<unknown>;
  readonly #hash: Hash = createHash('sha256');
  #raws: string[] = [];
  #count = 0;

  constructor(send: (raws: string[]) => Promise<unknown>) {
    this.#send = send;
  }

  async add(raw: string): Promise<void> {
    this.#hash.update(raw);
    this.#count++;
    this.#raws.push(raw);
    if (this.#raws.length === BATCH) await this.#flush();
  }

  async end(): Promise<Sent> {
    await this.#flush();
    return { count: this.#count, digest: this.#hash.digest('hex') };
  }

  async #flush(): Promise<void> {
    const raws = this.#raws;
    this.#raws = [];
    if (raws.length > 0) await this.#send(raws);
  }
}
