import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import type { Pipeline } from '../plan/pipeline.ts';
import { serde } from '../plan/serde.ts';
import { pipeline } from '../plan/start.ts';
import { topic } from '../plan/topic.ts';
import type { Facts, Finding } from './finding.ts';
import { lint } from './lint.ts';

interface Order {
  readonly orderId: string;
  readonly customerId: string;
  readonly version: number;
}

const raw = topic('shop.raw', { value: serde.json<Order>() });
const clean = topic('shop.orders', { key: serde.text, value: serde.json<Order>() });
const start = (options = {}) => pipeline('p', { deadLetter: 'dlq.p', ...options }).from(raw);
const window = { count: 5 };
const text = ({ level, rule, reason, fix }: Finding) => `${level} ${rule}: ${reason}: ${fix}`;
const told = (made: Pipeline, facts?: Facts) => lint(made, 'typescript', facts).map(text);

test('a step that goes by what its records are not keyed by: the line, the reason and the fix', () => {
  const made = start()
    .keyBy((r) => r.value.customerId, { as: 'by-customer' })
    .dedupe({ by: (r) => r.value.orderId, window, as: 'once' })
    .to(clean);
  const [finding, ...others] = lint(made, 'typescript');
  assert.equal(
    text(finding!),
    'error partition-key: dedupe by orderId, but records are keyed by customerId: add before it: .keyBy((r) => r.value.orderId)',
  );
  assert.equal(others.length, 0);
  assert.equal(finding!.site!.file, import.meta.filename);
  const lines = readFileSync(finding!.site!.file, 'utf8').split('\n');
  assert.match(lines[finding!.site!.line - 1]!, /^    \.dedupe\(\{ by: \(r\) => r\.value\.orderId/);
  assert.equal(lint(made, 'yaml')[0]!.fix, 'add before it: - keyBy: value.orderId');
  const groups = start()
    .keyBy((r) => r.value.customerId, { as: 'by-customer' })
    .reorder({ group: { field: 'orderId' }, complete: 2, timeout: '1m', as: 'all' });
  assert.match(told(groups.to(clean))[0]!, /reorder by orderId, but records are keyed by customerId/);
});

test('no false alarm: keys that follow from it, and what nobody can know', () => {
  const keyed = start().keyBy((r) => r.value.orderId, { as: 'by-order' });
  const custom = start().keyBy((r) => r.value.customerId, { as: 'by-customer' });
  const right = [
    keyed.dedupe({ by: (r) => `${r.value.orderId}:${r.value.version}`, window, as: 'd' }),
    keyed.dedupe({ window, as: 'd' }),
    keyed.dedupe({ by: 'content', window, as: 'd' }),
    keyed
      .filter((r) => r.value.version > 1, { because: 'x' })
      .dedupe({ by: { field: 'orderId' }, window, as: 'd' }),
    custom.dedupe({ by: (r) => r.value.orderId.toLowerCase(), window, as: 'd' }),
    custom
      .map((r) => ({ ...r.value, customerId: 'x' }))
      .dedupe({ by: { field: 'orderId' }, window, as: 'd' }),
    start()
      .keyBy((r) => r.value.orderId.slice(2), { as: 'k' })
      .dedupe({ by: { field: 'customerId' }, window, as: 'd' }),
    custom.reorder({ sequence: (r) => r.value.version, start: 1, gap: { timeout: '1s' }, as: 'r' }),
  ];
  for (const stream of right) assert.deepEqual(told(stream.to(clean)), [], stream.to(clean).plan());
});

test('what people regret later: no name, no reason, no dead letter topic', () => {
  const made = pipeline('p')
    .from(raw)
    .filter((r) => r.value.version > 1)
    .keyBy((r) => r.value.orderId)
    .dedupe({ window, onLate: 'drop' })
    .to(clean);
  assert.deepEqual(told(made), [
    "warning dead-letter: nobody named the topic for records that cannot be processed: they go to dlq.p, which the pipeline makes: name one that somebody watches: { deadLetter: 'dlq.p' }",
    "warning loss: filter drops records (what its condition refuses) and does not say why they may go: say it: { because: '…' }",
    "warning name: keyBy has no name: its repartition topic and the state behind it are found by 'keyBy', which changes when a step before it comes or goes: give it a name: { as: '…' }",
    "warning name: dedupe has no name: its state is found by 'dedupe', which changes when a step before it comes or goes: give it a name: { as: '…' }",
    "warning loss: dedupe drops records (late) and does not say why they may go: say it: { because: '…' }",
  ]);
});

test('an order by event time needs somebody who says what that is', () => {
  const wrong = start()
    .reorder({ by: 'event-time', as: 'sorted' })
    .to(topic('out', { value: serde.json<Order>() }));
  assert.match(
    told(wrong)[0]!,
    /^error event-time: reorder by event time, but nothing says what event time is/,
  );
  const right = start()
    .eventTime((r) => r.value.version)
    .reorder({ by: 'event-time', as: 'sorted' })
    .to(topic('out', { value: serde.json<Order>() }));
  assert.deepEqual(told(right), []);
});

test('with what a broker knows: topics that are missing, kept too short, or whose keys nobody vouches for', () => {
  const made = start()
    .dedupe({ by: (r) => r.value.orderId, window, as: 'once' })
    .to(topic('shop.orders', { value: serde.json<Order>() }));
  const day = 86_400_000;
  const facts = (partitions: number, input: number, output: number) =>
    new Map([
      ['shop.raw', { partitions, keepMs: input }],
      ['shop.orders', { partitions: 1, keepMs: output }],
    ]);
  assert.deepEqual(told(made), []);
  assert.deepEqual(told(made, facts(1, 7 * day, day)), []);
  const inRedis = start()
    .dedupe({ by: (r) => r.value.orderId, window, store: { redis: 'redis://127.0.0.1' }, as: 'once' })
    .to(topic('shop.orders', { value: serde.json<Order>() }));
  assert.match(
    told(inRedis, facts(3, day, day)).join(),
    /of the 3 partitions of shop\.raw, and in Redis too each has its own: add/,
  );
  assert.deepEqual(told(made, facts(3, day, 7 * day)), [
    'warning no-key: dedupe by orderId, but nothing says that equal ones come in the same one of the 3 partitions of shop.raw: add before it: .keyBy((r) => r.value.orderId)',
    'warning retention: shop.raw is kept 1d, and shop.orders, made from it, 7d: after 1d it cannot be made again: keep the source as long: gregor topic keep shop.raw 7d',
  ]);
  assert.match(told(made, facts(1, day, Infinity))[0]!, /for ever.*gregor topic keep shop.raw forever/);
  assert.deepEqual(told(made, new Map([['shop.raw', null]])), [
    "error no-topic: there is no topic 'shop.raw', which the pipeline reads: create it: gregor topic create shop.raw",
  ]);
});
