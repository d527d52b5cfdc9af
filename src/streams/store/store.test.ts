import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { contentHash, keyText } from './identity.ts';
import { jsonCodec } from './json-codec.ts';
import { orderText } from './order-text.ts';
import { recordCodec } from './record-codec.ts';
import { MemoryStore } from './memory-store.ts';
import { OrderedMap } from './ordered-map.ts';
import type { Codec } from './overlay.ts';
import { State } from './state.ts';
import type { Row } from './state-store.ts';

const texts: Codec<string> = { encode: (value) => Buffer.from(value), decode: (bytes) => bytes.toString() };
const allKeys = ['a', 'b', 'c', 'aa', 'ab', 'ba', 'ca', ''];
const keys = fc.constantFrom(...allKeys);

test('an ordered map walks its keys in order, whatever was put in and taken out before and meanwhile', () => {
  const step = fc.record({ key: fc.integer({ min: 0, max: 2000 }), isIn: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 3000, size: 'max' }),
      fc.integer({ min: 0, max: 2000 }),
      (steps, from) => {
        const map = new OrderedMap<number>();
        const model = new Set<string>();
        for (const [n, { key, isIn }] of steps.entries()) {
          const text = String(key).padStart(4, '0');
          if (isIn) {
            map.set(text, key);
            model.add(text);
          } else {
            map.delete(text);
            model.delete(text);
          }
          if (n === 5) map.ceiling(''); // from here on the order is kept up to date
        }
        const start = String(from).padStart(4, '0');
        const walked: string[] = [];
        for (let at = map.ceiling(start); at !== undefined; at = map.higher(at)) walked.push(at);
        assert.deepEqual(walked, [...model].filter((key) => key >= start).sort());
      },
    ),
    { numRuns: 50 },
  );
});

test('state is what was put into it: seen at once, after commits, after failures up to the last commit, after a restart', () => {
  const action = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('put' as const),
        key: keys,
        value: fc.integer({ min: 0, max: 99 }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('delete' as const), key: keys }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('commit' as const, 'fail' as const, 'restart' as const) }),
    },
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const changelog: Row[] = [];
      let store = new MemoryStore();
      let state = open(store);
      let model = new Map<string, number>();
      let committed = new Map<string, number>();
      for (const action of actions) {
        switch (action.kind) {
          case 'put':
            state.rows.put(action.key, String(action.value));
            model.set(action.key, action.value);
            break;
          case 'delete':
            state.rows.delete(action.key);
            model.delete(action.key);
            break;
          case 'commit':
            changelog.push(...state.state.changes());
            state.state.applied(changelog.length);
            committed = new Map(model);
            break;
          case 'fail':
            state = open(store);
            model = new Map(committed);
            break;
          case 'restart':
            store = new MemoryStore();
            open(store).state.replay(changelog, changelog.length);
            state = open(store);
            model = new Map(committed);
        }
        for (const key of allKeys) assert.equal(state.rows.get(key), model.get(key)?.toString());
        assert.equal(state.rows.size, model.size);
        const earliest = Math.min(...model.values());
        assert.ok(state.rows.earliestMs <= earliest && (model.size > 0 || state.rows.first() === undefined));
        if (model.size > 0) assert.equal(Number(state.rows.first()!.value), earliest);
      }
    }),
    { numRuns: 300 },
  );
});

test('rows that are due come out in order of time and key, once; rows added meanwhile are not lost', () => {
  const rows = fc.uniqueArray(fc.record({ key: keys, at: fc.integer({ min: -5, max: 50 }) }), {
    selector: ({ key }) => key,
  });
  fc.assert(
    fc.property(rows, fc.integer({ min: 0, max: 50 }), fc.boolean(), (entries, until, commits) => {
      const { state, rows: table } = open(new MemoryStore());
      for (const { key, at } of entries) table.put(key, String(at));
      if (commits) state.applied(0);
      const taken: string[] = [];
      let isFirst = true;
      for (const { key } of table.take(until)) {
        taken.push(key);
        if (isFirst) table.put('early', '-10');
        isFirst = false;
      }
      const due = entries
        .filter(({ at }) => at <= until)
        .sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
      assert.deepEqual(
        taken,
        due.map(({ key }) => key),
      );
      assert.deepEqual(
        [...table.take(until)].map(({ key }) => key),
        due.length > 0 ? ['early'] : [],
      );
      assert.equal(table.size, entries.length - due.length);
    }),
  );
});

test('a row that comes and goes between two commits is not written to the changelog', () => {
  const { state, rows } = open(new MemoryStore());
  rows.put('a', '1');
  rows.delete('a');
  rows.put('b', '2');
  assert.deepEqual(
    state.changes().map(({ table, key }) => `${table} ${key}`),
    ['rows b'],
  );
});

test('values come back from state as they went in, or are refused', () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.jsonValue(),
      fc.bigInt(),
      fc.double(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.date({ noInvalidDate: true }),
      fc.array(tie('value')),
      fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$bigint', '$$', '$')), tie('value')),
    ),
  })).value;
  fc.assert(
    fc.property(value, (one) =>
      assert.deepStrictEqual(plain(jsonCodec.decode(jsonCodec.encode(one))), plain(one)),
    ),
  );
  assert.equal(jsonCodec.decode(jsonCodec.encode(undefined)), undefined);
  assert.throws(() => jsonCodec.encode({ deep: [new Map()] }), /value\.deep\[0\] is a Map/);
  assert.throws(() => jsonCodec.encode({ run: () => 1 }), /value\.run is a function/);
});

test('keys of different types are different keys; content is the same in any order of fields', () => {
  const same = [7, '7', 7n, Buffer.from('7'), null, 'null', [7], { a: 7 }, '\ud800', '\ud801', true, 'true'];
  assert.equal(new Set(same.map((key) => Buffer.from(keyText(key)).toString('hex'))).size, same.length);
  assert.equal(contentHash({ a: 1, b: { c: 2n, d: 3 } }), contentHash({ b: { d: 3, c: 2n }, a: 1 }));
  assert.notEqual(contentHash({ a: 1 }), contentHash({ a: '1' }));
});

function open(store: MemoryStore) {
  const state = new State(store);
  return { state, rows: state.dated('rows', texts, Number) };
}

/** Objects without a prototype are equal to those with one. */
function plain(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array || value instanceof Date)
    return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

test('numbers and texts sort as their order texts do', () => {
  const values = fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.string({ unit: 'binary' }));
  const rank = (value: number | string) => (typeof value === 'number' ? 0 : 1);
  fc.assert(
    fc.property(values, values, (a, b) => {
      const before = rank(a) === rank(b) ? a < b : rank(a) < rank(b);
      assert.equal(orderText(a) < orderText(b), before);
    }),
  );
  assert.throws(() => orderText('\ud800'), /no well-formed text/);
});

test('until changes are committed the store in memory tells what was there before, and a new state begins there', () => {
  const store = new MemoryStore();
  const { state, rows } = open(store);
  for (const key of ['a', 'b', 'd']) rows.put(key, '1');
  state.changes();
  state.applied(3);
  rows.put('a', '2');
  rows.delete('b');
  rows.put('c', '3');
  rows.delete('d');
  rows.put('d', '4');
  const committed = () => [...store.keys('rows', '')].map((key) => `${key}${String(store.get('rows', key))}`);
  assert.deepEqual(committed(), ['a1', 'b1', 'd1']);
  assert.deepEqual([...store.keys('rows', 'b')], ['b', 'd']);
  assert.deepEqual(
    [...rows.scan('')].map(([key, value]) => key + value),
    ['a2', 'c3', 'd4'],
  );
  const again = open(store);
  assert.deepEqual(
    [...again.rows.scan('')].map(([key, value]) => key + value),
    ['a1', 'b1', 'd1'],
  );
  assert.deepEqual(again.state.changes(), []);
});

test('a record that is held keeps bytes of its own, and comes back as it would from its bytes', () => {
  const fetch = Buffer.from('a whole fetch');
  const source = { topic: 't', partition: 1, offset: 2 };
  const record = (more: object) => ({
    ...{ key: null, value: { n: 1 }, headers: [], timestampMs: 5, source, raw: { key: null, value: fetch } },
    ...more,
  });
  const kept = recordCodec.keep!(record({ key: fetch.subarray(2, 7) }))!;
  assert.deepEqual(kept, recordCodec.decode(recordCodec.encode(kept)));
  fetch.fill('x');
  assert.equal(String(kept.key), 'whole');
  for (const more of [
    { value: fetch },
    { value: { deep: 7n } },
    { key: 7n },
    { headers: [{ key: 'h', value: fetch }] },
  ])
    assert.equal(recordCodec.keep!(record(more)), undefined);
});
