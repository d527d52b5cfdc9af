import assert from 'node:assert/strict';
import test from 'node:test';
import type { StreamRecord } from '../record.ts';
import { pathsOf } from './paths.ts';
import { siteOf } from './site.ts';
import { pipeline } from './start.ts';
import { topic } from './topic.ts';

// biome-ignore lint/suspicious/noExplicitAny: values of any shape
type R = StreamRecord<any, any>;
const other = { id: 'x' };

test('fields that a function reads are seen where its text shows them plainly', () => {
  const seen: [(record: R) => unknown, readonly string[]][] = [
    [(r) => r.value.orderId, ['value.orderId']],
    [({ value }) => value.id, ['value.id']],
    [({ value, key }) => `${key}:${value.id}`, ['key', 'value.id']],
    [(r) => r.key as string, ['key']],
    [(r: R): string => r.value!.customer!.id as string, ['value.customer.id']],
    [(r) => `${r.value.id}:${r.value.version}`, ['value.id', 'value.version']],
    // oxlint-disable-next-line prefer-template -- a sum is what is tried
    [(r) => r.value.id + ':' + String(r.value.version), ['value.id', 'value.version']],
    [(r) => String(r.value.id), ['value.id']],
    [(r) => r.value?.id, ['value.id']],
  ];
  for (const [apply, paths] of seen) assert.deepEqual(pathsOf(apply), paths, apply.toString());
});

test('of everything else nothing is said', () => {
  const unseen: ((record: R) => unknown)[] = [
    (r) => r.value.a ?? r.value.b,
    (r) => r.value.id.toLowerCase(),
    (r) => (r.value.a ? r.value.b : r.value.c),
    (r) => r.value.list[0],
    () => other.id,
    (r) => `${r.value.id}:${other.id}`,
    (r) => `${r.value.id.slice(1)}`,
    (r) => Number(r.value.id),
    (r) => r.value.a * r.value.b,
    (r) => {
      return r.value.id;
    },
    function keyOf(r) {
      return r.value.id;
    },
    String,
  ];
  for (const apply of unseen) assert.equal(pathsOf(apply), undefined, apply.toString());
});

test('a step knows the line on which it was written', () => {
  const line = Number(/:(\d+):\d+/.exec(new Error('here').stack!.split('\n')[1]!)![1]);
  const plan = pipeline('p')
    .from(topic('in'))
    .filter(() => true)
    .to(topic('out'));
  const sites = plan.layout.stages[0]!.nodes.map(({ node }) => siteOf(node)!);
  assert.deepEqual(
    sites.map((site) => site.line - line),
    [2, 3, 4],
  );
  assert.equal(sites[0]!.file, import.meta.filename);
});
