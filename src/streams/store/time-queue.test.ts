/** Both queues against each other, and against a model: in memory, and over a store that knows only what is committed. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { MemoryStore } from './memory-store.ts';
import type { Codec } from './overlay.ts';
import { State } from './state.ts';
import type { Row, StateStore } from './state-store.ts';
import { TimeOrder } from './time-order.ts';
import { timeText } from './time-queue.ts';

const texts: Codec<string> = { encode: (value) => Buffer.from(value), decode: (bytes) => bytes.toString() };
const kept: Codec<string> = { ...texts, keep: (value) => value };

/** Without tables of its own: an overlay lies over it. */
class PlainStore implements StateStore {
  readonly #rows = new Map<string, Buffer>();
  changelogOffset = 0;

  get(table: string, key: string): Buffer | undefined {
    return this.#rows.get(`${table} ${key}`);
  }

  keys(table: string, from: string): string[] {
    const keys = [...this.#rows.keys()].filter((row) => row.startsWith(`${table} `));
    return keys
      .map((row) => row.slice(table.length + 1))
      .filter((key) => key >= from)
      .sort((a, b) => (a < b ? -1 : 1));
  }

  apply(rows: Iterable<Row>, changelogOffset: number): void {
    for (const { table, key, value } of rows)
      if (value === null) this.#rows.delete(`${table} ${key}`);
      else this.#rows.set(`${table} ${key}`, value);
    this.changelogOffset = changelogOffset;
  }
}

const at = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: -3, max: 12 }) },
  fc.constantFrom(2.5, -0.5, 2 ** 50, -(2 ** 50), Infinity, -Infinity),
);
const place = fc.record({ at, key: fc.constantFrom('', 'a', 'b', 'ab', 'ä') });
const action = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('add' as const), place }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take' as const), until: at, again: place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drain' as const), until: at, again: place }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('commit' as const, 'fail' as const, 'restart' as const, 'leave' as const),
    }),
  },
);

for (const [name, codec] of Object.entries({ 'values that are kept': kept, 'values as bytes': texts }))
  test(`a queue in memory is the queue over a table: ${name}, after commits, failures and restarts`, () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const sides = [
          new Side(() => new MemoryStore(), codec),
          new Side(() => new PlainStore(), codec),
        ] as const;
        for (const [n, action] of actions.entries()) {
          const [memory, plain] = sides.map((side) => side.act(action, String(n)));
          assert.deepEqual(memory, plain);
        }
      }),
      { numRuns: 500 },
    );
  });

type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

class Side {
  readonly #make: () => StateStore;
  readonly #codec: Codec<string>;
  readonly #changelog: Row[] = [];
  #store: StateStore;
  #state: State;
  #queue;

  constructor(make: () => StateStore, codec: Codec<string>) {
    this.#make = make;
    this.#codec = codec;
    this.#store = make();
    this.#state = new State(this.#store);
    this.#queue = this.#state.queue('q', codec);
  }

  /** What can be seen of it, and afterwards. */
  act(action: Action, value: string): unknown {
    const seen = this.#do(action, value);
    const { size } = this.#queue;
    const first = this.#queue.first();
    assert.equal(this.#queue.earliestMs, first?.atMs ?? Infinity);
    const committed = [...this.#store.keys('q', timeText(0))].map(
      (key) => `${key}=${String(this.#store.get('q', key))}`,
    );
    return { seen, size, first, committed, all: [...this.#store.keys('q', '')] };
  }

  #do(action: Action, value: string): unknown {
    switch (action.kind) {
      case 'add':
        return this.#queue.addNew(action.place.at, action.place.key, value);
      case 'delete': {
        const { at: atMs, key } = action.place;
        if (!this.#queue.addNew(atMs, key, value)) this.#queue.delete(atMs, key);
        return undefined;
      }
      case 'take': {
        const taken = [];
        for (const due of this.#queue.take(action.until)) {
          if (taken.length === 0) this.#queue.addNew(action.again.at, action.again.key, 'again');
          taken.push(due);
          if (taken.length === 4) break;
        }
        return taken;
      }
      case 'drain': {
        const drained: string[] = [];
        this.#queue.drain(action.until, (one, key) => {
          if (drained.length === 0) this.#queue.addNew(action.again.at, action.again.key, 'again');
          drained.push(`${key} ${one}`);
        });
        return drained;
      }
      case 'commit': {
        const changes = this.#state.changes().map((row) => ({ ...row }));
        this.#changelog.push(...changes);
        this.#state.applied(this.#changelog.length);
        const names = changes.map(({ key, value: bytes }) => `${key}=${String(bytes)}`);
        assert.equal(new Set(changes.map(({ key }) => key)).size, changes.length);
        return names.sort();
      }
      case 'fail':
        return this.#open();
      case 'restart':
        this.#store = this.#make();
        this.#open();
        this.#state.replay(this.#changelog, this.#changelog.length);
        return this.#open();
      case 'leave':
        // Rows that were there before anybody asked for a queue.
        this.#store = this.#make();
        this.#store.apply(this.#changelog, this.#changelog.length);
        return this.#open();
    }
  }

  #open(): void {
    this.#state = new State(this.#store);
    this.#queue = this.#state.queue('q', this.#codec);
  }
}

test('entries are in the order of time and key, whatever was put in and taken out, over many blocks', () => {
  const step = fc.record({
    atMs: fc.integer({ min: 0, max: 700 }),
    key: fc.constantFrom('a', 'b'),
    isIn: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 4000, size: 'max' }), step, (steps, from) => {
      const order = new TimeOrder<{ atMs: number; key: string }>();
      const model = new Map<string, { atMs: number; key: string }>();
      for (const { atMs, key, isIn } of steps) {
        const name = `${String(atMs).padStart(4, '0')}${key}`;
        if (isIn) {
          assert.equal(order.add({ atMs, key }), !model.has(name));
          model.set(name, { atMs, key });
        } else if (order.find(atMs, key) !== undefined) {
          assert.ok(model.delete(name));
          order.delete({ atMs, key });
        }
      }
      const wanted = [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
      assert.deepEqual([...order], wanted);
      const isBehind = (one: { atMs: number; key: string }) =>
        one.atMs > from.atMs || (one.atMs === from.atMs && one.key >= from.key);
      assert.deepEqual(order.ceiling(from.atMs, from.key), wanted.find(isBehind));
      const [first] = wanted;
      if (first === undefined) return;
      order.delete(first);
      assert.deepEqual(order.behind(first), wanted[1]);
    }),
    { numRuns: 60 },
  );
});
