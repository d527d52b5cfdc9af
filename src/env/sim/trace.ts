/**
 * Trace: everything that happened, as one number, and the last of it as text.
 *
 * Two runs of one seed are equal when their hashes are: then nothing but the seed decided what happened.
 */
const LINES_KEPT = 200;

interface Line {
  readonly at: number;
  readonly who: string;
  readonly label: string;
}

export class Trace {
  count = 0;
  #high = 0x811c9dc5;
  #low = 0x9e3779b9;
  readonly #lines: Line[] = [];
  readonly #time = new Float64Array(1);
  readonly #timeWords = new Uint32Array(this.#time.buffer);

  add(at: number, who: string, label: string): void {
    this.#time[0] = at;
    this.#mix(this.#timeWords[0]!);
    this.#mix(this.#timeWords[1]!);
    for (let i = 0; i < who.length; i++) this.#mix(who.charCodeAt(i));
    for (let i = 0; i < label.length; i++) this.#mix(label.charCodeAt(i));
    this.#lines[this.count++ % LINES_KEPT] = { at, who, label };
  }

  get hash(): string {
    return (this.#high >>> 0).toString(16).padStart(8, '0') + (this.#low >>> 0).toString(16).padStart(8, '0');
  }

  lines(): string[] {
    const start = this.count % LINES_KEPT;
    const inOrder = [...this.#lines.slice(start), ...this.#lines.slice(0, start)];
    const lines = this.count < LINES_KEPT ? this.#lines : inOrder;
    return lines.map(({ at, who, label }) => `${at.toFixed(3).padStart(12)} ${who.padEnd(10)} ${label}`);
  }

  #mix(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 0x01000193);
    const low = Math.imul(this.#low ^ word, 0x85ebca6b);
    this.#low = (low ^ (low >>> 15)) + this.#high;
  }
}
