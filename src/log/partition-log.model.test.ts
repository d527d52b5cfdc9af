import assert from 'node:assert/strict';
import test from 'node:test';
import { MemoryDisk } from '../env/memory/index.ts';
import { SeededRandom } from '../env/seeded-random.ts';
import { batchOf, EMPTY_STATE, LogWorld } from './log-fixture.ts';
import type { LogState, WritableBatch } from './log-state.ts';

interface ModelRecord {
  readonly offset: number;
  readonly timestamp: number;
}

/** A PartitionLog beside an array that does the same. */
class Model {
  readonly random: SeededRandom;
  readonly disk = new MemoryDisk();
  world: LogWorld;
  /** All that was ever written and not lost in a crash. */
  batches: { readonly batch: WritableBatch; readonly records: readonly ModelRecord[] }[] = [];
  start = 0;
  end = 0;
  manifest: LogState = EMPTY_STATE;
  now = 1_000_000;

  constructor(seed: string) {
    this.random = new SeededRandom(seed);
    this.world = this.#open();
  }

  #open(): LogWorld {
    const limits = { openFiles: 1 + this.random.below(4), indexEntries: this.random.below(60) };
    return new LogWorld(this.disk, this.manifest, this.#options(), limits);
  }

  #options() {
    const { random } = this;
    return {
      segmentBytes: 600 + random.below(6_000),
      indexIntervalBytes: 1 + random.below(600),
      segmentMs: 50_000,
      segmentJitterMs: random.below(2) * 20_000,
    };
  }

  get records(): ModelRecord[] {
    return this.batches.flatMap(({ records }) => records).filter((record) => record.offset >= this.start);
  }

  async write(): Promise<void> {
    const { random } = this;
    this.now += random.below(9_000);
    const written: WritableBatch[] = [];
    for (let count = 1 + random.below(12); count > 0; count--) {
      if (random.below(40) === 0) this.end += random.below(5);
      const length = 1 + random.below(random.below(8) + 1);
      const jump = random.below(10) === 0 ? 3_000 : 60;
      const timestamps = Array.from({ length }, () => this.now + random.below(jump) - jump / 2);
      const batch = batchOf(this.end, timestamps, random.below(random.below(300) + 1));
      this.batches.push({
        batch,
        records: timestamps.map((timestamp, n) => ({ offset: this.end + n, timestamp })),
      });
      this.end += length;
      written.push(batch);
    }
    await this.world.log.write(written, this.now);
  }

  /** A checkpoint: only after it may segments go. */
  async checkpoint(): Promise<void> {
    const { log } = this.world;
    const state = log.state();
    await log.sync();
    this.manifest = state;
    await (await log.detachBelow(state.logStartOffset)).unlink();
  }

  raiseStart(): void {
    this.start += this.random.below(Math.floor((this.end - this.start) / 3) + 1);
    this.world.log.setLogStart(this.start);
  }

  /** The process dies; what the manifest does not name is lost (in the real world the journal brings it back). */
  crash(): void {
    this.world = this.#open();
    this.start = this.manifest.logStartOffset;
    const last = this.manifest.segments.at(-1)?.lastOffset ?? -1;
    this.batches = this.batches.filter(({ batch }) => batch.lastOffset <= last);
    this.end = Math.max(this.start, last + 1);
    assert.equal(this.world.log.logEndOffset, this.end);
  }

  reconfigure(): void {
    this.world.log.setOptions(this.#options());
  }

  async read(): Promise<void> {
    const offset = this.start + this.random.below(this.end - this.start + 2);
    const maxBytes = this.random.below(3_000);
    const end = this.random.below(3) === 0 ? offset + this.random.below(50) : this.end;
    const bytes = await this.world.log.read(offset, maxBytes, end);
    const from = this.batches.findIndex(({ batch }) => batch.lastOffset >= offset);
    const expected = from < 0 ? [] : this.batches.slice(from).map(({ batch }) => batch);
    let at = 0;
    let taken = 0;
    for (const batch of expected) {
      if (at === bytes.length) break;
      assert.ok(batch.lastOffset < end);
      assert.deepEqual(bytes.subarray(at, at + batch.bytes.length), batch.bytes);
      at += batch.bytes.length;
      taken++;
    }
    assert.equal(at, bytes.length);
    assert.ok(taken <= 1 || bytes.length <= maxBytes);
    if (taken === 0) assert.ok(expected.length === 0 || expected[0]!.lastOffset >= end);
  }

  async search(): Promise<void> {
    const { records } = this;
    const known = records[this.random.below(Math.max(records.length, 1))]?.timestamp ?? this.now;
    const timestamp = known + this.random.below(3) - 1;
    const expected = records.find((record) => record.timestamp >= timestamp);
    assert.deepEqual(await this.world.log.findByTimestamp(timestamp, this.end), expected);
  }

  async scan(): Promise<void> {
    let next = this.start;
    const offsets: number[] = [];
    for (;;) {
      const bytes = await this.world.log.read(next, 2_000, this.end);
      if (bytes.length === 0) break;
      for (let at = 0; at < bytes.length; ) {
        const batch = this.batches.find(
          ({ batch: known }) => known.baseOffset === Number(bytes.readBigInt64BE(at)),
        )!;
        offsets.push(batch.batch.baseOffset);
        at += batch.batch.bytes.length;
        next = batch.batch.lastOffset + 1;
      }
    }
    const expected = this.batches.filter(({ batch }) => batch.lastOffset >= this.start);
    assert.deepEqual(
      offsets,
      expected.map(({ batch }) => batch.baseOffset),
    );
  }
}

test('whatever is written, rolled, removed, crashed and opened again, a log answers as an array would', async () => {
  for (let seed = 0; seed < 60; seed++) {
    const model = new Model(`log ${seed}`);
    try {
      for (let step = 0; step < 60; step++) {
        const dice = model.random.below(100);
        if (dice < 30) await model.write();
        else if (dice < 55) await model.read();
        else if (dice < 75) await model.search();
        else if (dice < 83) await model.checkpoint();
        else if (dice < 88) model.crash();
        else if (dice < 92) model.raiseStart();
        else if (dice < 95) model.reconfigure();
        else if (dice < 97) await model.world.log.close();
        else await model.scan();
      }
      await model.scan();
      assert.deepEqual(model.world.told, []);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
