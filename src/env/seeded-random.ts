/**
 * SeededRandom: chance that one text decides (sfc32, seeded by SHA-256). Not for secrets.
 *
 * `fork(name)` depends on this source's seed, the name, and how many forks of that name there were before; never on
 * how many numbers were drawn. So adding a draw in one place does not change what happens in another.
 */
import { sha256 } from '../base/index.ts';
import type { Random } from './random.ts';

export class SeededRandom implements Random {
  readonly #seed: string;
  readonly #forks = new Map<string, number>();
  /** Made of the seed when the first number is drawn. */
  #isSeeded = false;
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  constructor(seed: string) {
    this.#seed = seed;
  }

  next(): number {
    return this.#word() / 2 ** 32;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  uuid(): string {
    // Kafka never makes ids whose base64 begins with '-': command lines would take them for options.
    let first = this.#word();
    while (first >>> 26 === 62) first = this.#word();
    const second = (this.#word() & 0xffff0fff) | 0x4000;
    const third = (this.#word() & 0x3fffffff) | 0x80000000;
    return hex(first) + hex(second) + hex(third) + hex(this.#word());
  }

  fork(name: string): SeededRandom {
    const count = this.#forks.get(name) ?? 0;
    this.#forks.set(name, count + 1);
    return new SeededRandom(`${this.#seed}/${name}#${count}`);
  }

  #begin(): void {
    const digest = sha256(this.#seed);
    this.#a = digest.readInt32LE(0);
    this.#b = digest.readInt32LE(4);
    this.#c = digest.readInt32LE(8);
    this.#isSeeded = true;
  }

  #word(): number {
    if (!this.#isSeeded) this.#begin();
    const word = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + word) | 0;
    return word >>> 0;
  }
}

const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
