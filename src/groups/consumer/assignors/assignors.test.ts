import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { PartitionSet } from '../partitions.ts';
import { ASSIGNORS, type AssignedMember, type AssignmentQuestion } from './index.ts';

const TOPICS = ['t1', 't2', 't3', 't4'];
type Targets = ReadonlyMap<string, PartitionSet>;

const counts = fc.tuple(...TOPICS.map(() => fc.integer({ min: 1, max: 12 })));
const readers = fc.array(fc.uniqueArray(fc.constantFrom(...TOPICS), { minLength: 1 }), {
  minLength: 1,
  maxLength: 9,
});

function question(
  sizes: readonly number[],
  subscriptions: readonly (readonly string[])[],
  before: Targets = new Map(),
): AssignmentQuestion {
  const members = subscriptions.map((topics, i): AssignedMember => {
    const id = `m${i}`;
    const instanceId = i % 3 === 0 ? `i${i}` : null;
    return { id, instanceId, topicIds: new Set(topics), current: before.get(id) ?? new Map() };
  });
  return { members, partitionCounts: new Map(TOPICS.map((topic, i) => [topic, sizes[i]!])) };
}

function sizeOf(set: PartitionSet | undefined): number {
  let size = 0;
  for (const partitions of set?.values() ?? []) size += partitions.size;
  return size;
}

function assertOneOwnerEach({ members, partitionCounts }: AssignmentQuestion, targets: Targets): void {
  const owners = new Map<string, string>();
  for (const { id, topicIds } of members)
    for (const [topicId, partitions] of targets.get(id) ?? []) {
      assert(topicIds.has(topicId), `${id} does not read ${topicId}`);
      for (const partition of partitions) {
        assert(partition < partitionCounts.get(topicId)!, 'the partition exists');
        assert(!owners.has(`${topicId}-${partition}`), 'one owner');
        owners.set(`${topicId}-${partition}`, id);
      }
    }
  const read = new Set(members.flatMap(({ topicIds }) => [...topicIds]));
  const wanted = [...read].reduce((sum, topicId) => sum + partitionCounts.get(topicId)!, 0);
  assert.equal(owners.size, wanted, 'nobody is left out');
}

for (const [name, assign] of Object.entries(ASSIGNORS))
  test(`${name}: every partition has one owner that reads it, whatever came before`, () => {
    fc.assert(
      fc.property(counts, readers, counts, readers, (sizes, subscriptions, later, others) => {
        const first = question(sizes, subscriptions);
        const before = assign(first);
        assertOneOwnerEach(first, before);
        const second = question(later, others, before);
        assertOneOwnerEach(second, assign(second));
      }),
      { numRuns: 500 },
    );
  });

for (const [name, assign] of Object.entries(ASSIGNORS))
  test(`${name}: nothing moves when nothing changed`, () => {
    fc.assert(
      fc.property(counts, readers, (sizes, subscriptions) => {
        const before = assign(question(sizes, subscriptions));
        assert.deepEqual(assign(question(sizes, subscriptions, before)), before);
      }),
      { numRuns: 300 },
    );
  });

test('uniform: members that read the same differ by one at most, and only what must move moves', () => {
  const members = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(counts, members, members, (sizes, from, to) => {
      const all = (n: number) => Array.from({ length: n }, () => TOPICS);
      const before = ASSIGNORS.uniform(question(sizes, all(from)));
      const after = ASSIGNORS.uniform(question(sizes, all(to), before));
      const loads = [...after.values()].map(sizeOf);
      assert(Math.max(...loads) - Math.min(...loads) <= 1);
      for (const [id, had] of before) {
        const has = after.get(id);
        if (has === undefined) continue;
        let kept = 0;
        for (const [topicId, partitions] of had)
          for (const partition of partitions) if (has.get(topicId)?.has(partition)) kept += 1;
        assert.equal(kept, Math.min(sizeOf(had), sizeOf(has)), `${id} keeps all that fits`);
      }
    }),
    { numRuns: 500 },
  );
});

test('uniform: where members read different topics no single move makes two of them more even', () => {
  fc.assert(
    fc.property(counts, readers, counts, readers, (sizes, subscriptions, later, others) => {
      const before = ASSIGNORS.uniform(question(sizes, subscriptions));
      const ask = question(later, others, before);
      const targets = ASSIGNORS.uniform(ask);
      for (const { id } of ask.members)
        for (const topicId of targets.get(id)?.keys() ?? [])
          for (const other of ask.members)
            if (other.topicIds.has(topicId))
              assert(sizeOf(targets.get(id)) - sizeOf(targets.get(other.id)) < 2, `${id} → ${other.id}`);
    }),
    { numRuns: 500 },
  );
});

test('range: members that read the same topics of the same size own the same numbers of each', () => {
  const targets = ASSIGNORS.range(question([5, 5, 5, 5], [TOPICS, TOPICS, TOPICS]));
  for (const target of targets.values()) {
    const [first, ...rest] = [...target.values()].map((partitions) => [...partitions]);
    for (const other of rest) assert.deepEqual(other, first);
  }
});

test('range: static members keep their places by instance id, whatever their member ids', () => {
  const member = (id: string, instanceId: string): AssignedMember => {
    return { id, instanceId, topicIds: new Set(['t']), current: new Map() };
  };
  const partitionCounts = new Map([['t', 3]]);
  const before = ASSIGNORS.range({ members: [member('x', 'a'), member('b', 'b')], partitionCounts });
  const after = ASSIGNORS.range({ members: [member('c', 'b'), member('z', 'a')], partitionCounts });
  assert.deepEqual(after.get('z'), before.get('x'));
  assert.deepEqual(after.get('c'), before.get('b'));
});
