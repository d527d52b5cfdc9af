/**
 * OldData: what a busy broker does besides: one consumer reads so many gigabytes, which the page cache was told to forget, from end to end again and
 * again, and a compacted topic gets batches with the same keys over and over. Both run at the lowest priority on the load's core, so
 * that they do not keep the load itself waiting.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Sample } from './figure.ts';
import { fill } from './fill.ts';
import { read } from './load/fetch.ts';
import { generate, type Load } from './load/generate.ts';
import { LARGE, MIDDLE } from './loads.ts';
import type { Server } from './server.ts';
import type { Beside } from './tail-side.ts';
import type { Tools } from './tools.ts';
import { createTopic, recordsIn } from './topic.ts';

const run = promisify(execFile);
const OLD = 'old-data';
const COMPACTED = 'compacted';
const GIGABYTE = 1e9;
const KEYED: Load = { ...MIDDLE, partitions: 1, connections: 1, inFlight: 32, isKeyed: true };
/** Requests of 16 KiB a second. */
const RATE = 400;
const KEYED_BEFORE_BYTES = 128 * 2 ** 20;
const COMPACTED_SETTINGS = {
  'cleanup.policy': 'compact',
  'segment.bytes': String(16 * 2 ** 20),
  'min.cleanable.dirty.ratio': '0.01',
};
/** Of what was written: if more than this is left, nothing was compacted, and the figure would say nothing. A quick run may be over before. */
const LEFT_MAX = 0.9;
const COUNT_SECONDS = 2;

export class OldData implements Beside {
  readonly #gigabytes: number;
  readonly #isQuick: boolean;
  readonly #launcher: readonly string[];
  #records: number | undefined;
  #written = 0;

  constructor(gigabytes: number, tools: Tools) {
    this.#gigabytes = gigabytes;
    this.#isQuick = tools.isQuick;
    this.#launcher = [...tools.load, 'nice', '-n', '19'];
  }

  static missing(this: void): string | undefined {
    return process.getuid?.() === 0 ? undefined : 'not root: nobody else may empty the page cache';
  }

  /** Filled once; forgotten before every run. */
  async prepare(server: Server): Promise<void> {
    if (this.#records === undefined) {
      await createTopic(server.port, OLD, LARGE.partitions, { 'retention.ms': '-1' });
      await createTopic(server.port, COMPACTED, KEYED.partitions, COMPACTED_SETTINGS);
      await fill(LARGE, this.#target(server, OLD), this.#gigabytes * GIGABYTE);
      this.#written = await fill(KEYED, this.#target(server, COMPACTED), KEYED_BEFORE_BYTES);
      this.#records = await recordsIn(server.port, OLD, LARGE.partitions);
    }
    await run('sync');
    writeFileSync('/proc/sys/vm/drop_caches', '3');
  }

  async run(server: Server, seconds: number): Promise<Sample> {
    const [oldBytes, keyed] = await Promise.all([
      this.#readAgainAndAgain(server, seconds),
      generate(
        { ...KEYED, rate: RATE },
        { ...this.#target(server, COMPACTED), seconds, warmUpSeconds: 0, warmUpMebibytes: 0 },
      ),
    ]);
    this.#written += keyed.acknowledgedRecords;
    const all = { partitions: KEYED.partitions, connections: 1 };
    const { allRecords } = await read(all, { ...this.#target(server, COMPACTED), seconds: COUNT_SECONDS });
    const left = allRecords / this.#written;
    if (left > LEFT_MAX && !this.#isQuick)
      throw new Error(`nothing was compacted: ${allRecords} of ${this.#written} records are left`);
    return {
      oldMegabytesPerSecond: oldBytes / seconds / 1e6,
      oldGigabytes: this.#gigabytes,
      compactedLeft: left,
    };
  }

  async #readAgainAndAgain(server: Server, seconds: number): Promise<number> {
    const until = performance.now() + seconds * 1000;
    let bytes = 0;
    for (let left = seconds; left > 0; left = (until - performance.now()) / 1000) {
      const whole = { partitions: LARGE.partitions, connections: 1 };
      const seen = await read(whole, {
        ...this.#target(server, OLD),
        seconds: left,
        records: this.#records!,
      });
      bytes += seen.bytes;
    }
    return bytes;
  }

  #target({ port, pid }: Server, topic: string) {
    return { topic, port, pid: pid!, launcher: this.#launcher };
  }
}
