/** The oracle of topics that deduplicate, where a window of time ends: told in milliseconds of virtual time. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Simulation } from '../../src/env/sim/index.ts';
import { type BatchKind, LogFacts, type SentBatch } from '../history/facts.ts';
import type { FinalLog } from '../history/final-look.ts';
import type { Checker } from '../history/history.ts';
import type { BrokerProcess } from '../world/broker-process.ts';
import { onePerId } from './one-per-id.ts';

const WINDOW_MS = 150;

/** A log with a window of time, its clients, and a clock that is set by hand. */
class World {
  readonly log = new LogFacts('once', 'a topic', 0);
  readonly #checker: Checker;
  readonly #lying: FinalLog['records'][number][] = [];
  #time = 0;

  constructor() {
    this.log.dedupe = { count: Number.POSITIVE_INFINITY, ms: WINDOW_MS };
    this.#checker = onePerId.make((message) => {
      throw new Error(message);
    });
    const now = () => this.#time;
    const clock = { now: () => Math.floor(now()) };
    const sim = {
      clock,
      get time() {
        return now();
      },
    };
    this.#checker.watch!(sim as Simulation, undefined as unknown as BrokerProcess);
  }

  sent(at: number, order: number, keys: readonly string[], kind: BatchKind = 'idempotent'): SentBatch {
    const values = keys.map((key, index) => `${order}.${index} ${key}`);
    const { log } = this;
    const named = { producer: 'p', kind, log, values, keys, order };
    const unused = {
      timestamps: values.map(() => 0),
      madeAt: 0,
      producerId: 1,
      baseSequence: 0,
      connection: '',
    };
    const batch: SentBatch = { ...named, ...unused, attempts: [], acknowledged: undefined };
    for (const value of values) log.sent.set(value, batch);
    this.attempt(at, batch);
    return batch;
  }

  attempt(at: number, batch: SentBatch): void {
    this.#time = at;
    const { acknowledgedEnd } = this.log;
    batch.attempts.push({ acknowledgedBefore: acknowledgedEnd, isFenced: false, outcome: 'open' });
    this.#checker.sent!(batch, batch.attempts.at(-1)!);
  }

  told(at: number, batch: SentBatch, offset: number): void {
    this.#time = at;
    this.#checker.acknowledged!(batch, batch.attempts.at(-1)!, offset);
    batch.acknowledged = Math.max(batch.acknowledged ?? -1, offset);
    this.log.acknowledgedEnd = Math.max(this.log.acknowledgedEnd, offset + 1);
  }

  /** At the end these records of the batch are there. */
  lies(batch: SentBatch, baseOffset: number, indexes: readonly number[] = [0]): void {
    for (const index of indexes) {
      const { [index]: value } = batch.values;
      const { [index]: key } = batch.keys;
      const unused = { timestamp: 0, leaderEpoch: 0, producerId: 1, fate: 'plain' } as const;
      this.#lying.push({ ...unused, offset: baseOffset + index, value: value!, key: key! });
    }
  }

  look(): void {
    const { log } = this;
    const records = this.#lying;
    const none = {
      logStartOffset: 0,
      highWatermark: 100,
      bytes: 0,
      lastStableOffset: 100,
      committed: undefined,
    };
    const [startOf, offsetFor, endOfEpoch] = Array.from({ length: 3 }, () => async () => 0);
    const asks = { startOf: startOf!, offsetFor: offsetFor!, endOfEpoch: endOfEpoch! };
    void this.#checker.finished!({ logs: [{ ...none, log, records }], ...asks });
  }
}

/** Two records of one id, sent and told at these times; both are there. */
function bothThere(first: readonly [number, number], second: readonly [number, number]): World {
  const world = new World();
  for (const [n, [sent, told]] of [first, second].entries()) {
    const batch = world.sent(sent, n, ['k']);
    world.told(told, batch, n);
    world.lies(batch, n);
  }
  return world;
}

test('a window ends by whole milliseconds of the clock: 149.8 ms may read as 150', () => {
  bothThere([9.7, 9.8], [159.2, 159.5]).look();
  assert.throws(() => bothThere([9.2, 9.8], [158.8, 158.9]).look(), /I6.*is there, and its id k was known/);
});

test('within its bounds a batch may have been decided either way', () => {
  bothThere([9, 10], [100, 200]).look();
});

test('a duplicate is taken out while its id may count, and not after', () => {
  const partly = (sentAt: number) => {
    const world = new World();
    const original = world.sent(9.1, 0, ['k']);
    world.told(9.9, original, 0);
    const later = world.sent(sentAt, 1, ['other', 'k']);
    world.told(sentAt + 1, later, 1);
    world.lies(original, 0);
    world.lies(later, 1);
    return world;
  };
  partly(158.9).look();
  assert.throws(() => partly(159.1).look(), /I7.*is missing from its batch, and its id k was not known/);
});

test('an attempt that was held in the network may be decided long after another one was acknowledged', () => {
  const world = new World();
  const batch = world.sent(10, 0, ['k'], 'plain');
  world.attempt(20, batch);
  world.told(21, batch, 0);
  world.lies(batch, 0);
  world.lies(batch, 1);
  const other = world.sent(300, 1, ['other']);
  world.told(301, other, 2);
  world.lies(other, 2);
  world.look();
});

test('somebody who was told of a later offset says that it was decided by then', () => {
  const world = new World();
  const original = world.sent(10, 0, ['k']);
  world.told(11, original, 0);
  const unanswered = world.sent(12, 1, ['k'], 'plain');
  const other = world.sent(50, 2, ['other']);
  world.told(51, other, 2);
  for (const [offset, batch] of [original, unanswered, other].entries()) world.lies(batch, offset);
  assert.throws(() => world.look(), /I6.*@1.*its id k was known/);
});

test('a record is no duplicate of one that was sent after its answer', () => {
  const duplicateOf = (sentAt: number) => {
    const world = new World();
    const original = world.sent(sentAt, 0, ['k']);
    const dropped = world.sent(20, 1, ['k']);
    world.told(30, dropped, 0);
    world.told(41, original, 0);
    world.lies(original, 0);
    return world;
  };
  duplicateOf(10).look();
  assert.throws(() => duplicateOf(40).look(), /I7.*was acknowledged and is not there/);
});
