/** What only the adapter inside the broker does: one frame, no markers, a member of its group; and how it runs in an embedded broker. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from '../../../test/wire/transaction-session.ts';
import { WireClient } from '../../../test/wire/wire-client.ts';
import type { EventSink } from '../../base/index.ts';
import type { EmbeddedBroker } from '../../embed/index.ts';
import { nodeEnvironment } from '../../env/node/index.ts';
import { decodeAssignment, deleteTopicsApi, describeGroupsApi } from '../../protocol/index.ts';
import { pipeline, serde, topic } from '../../streams/index.ts';
import { startBroker } from '../../testing/index.ts';
import type { Membership } from '../log-client.ts';

interface Reading {
  readonly id: string;
  readonly n: number;
}

const { clock } = nodeEnvironment('/nonexistent');
const SETTINGS = { 'group.initial.rebalance.delay.ms': 0 };
const COUNT = 200;
const raw = topic('raw', { value: serde.json<Reading>() });

const clean = pipeline('clean')
  .from(raw)
  .keyBy((r) => r.value.id, { as: 'by-id' })
  .dedupe({ by: (r) => `${r.value.id}:${r.value.n}`, window: { count: 10_000 } })
  .reorder({ sequence: (r) => r.value.n, start: 0, gap: { onTimeout: 'wait' } })
  .to(topic('clean', { key: serde.text, value: serde.json<Reading>() }));

/** Of two ids, out of order over a distance of eight, and every fourth twice. */
const READINGS: readonly Reading[] = Array.from({ length: COUNT }, (_, i) => ({
  reading: { id: `s${i % 2}`, n: Math.floor(i / 2) },
  at: i + ((i * 5) % 8),
}))
  .flatMap((one, i) => (i % 4 === 0 ? [one, { ...one, at: one.at + 11 }] : [one]))
  .sort((a, b) => a.at - b.at)
  .map(({ reading }) => reading);

function append(broker: EmbeddedBroker, from: number, to: number) {
  const records = READINGS.slice(from, to).map((value, i) => ({ value, partition: i % 2 }));
  return broker.append('raw', records);
}

async function outputs<V>(broker: EmbeddedBroker, name: string): Promise<V[]> {
  const found: V[] = [];
  for await (const record of broker.read(name, { until: 'end' })) found.push(record.json() as V);
  return found;
}

async function until(broker: EmbeddedBroker, name: string, count: number): Promise<void> {
  while ((await outputs(broker, name)).length < count) await clock.sleep(10);
}

function work(membership: Membership, texts: readonly string[], name = 'out') {
  const outputs = texts.map((text) => ({
    ...{ topic: name, partition: 0, key: Buffer.from('k'), value: Buffer.from(text) },
    ...{ headers: [], timestampMs: 1 },
  }));
  return { outputs, membership, positions: [{ topic: 'raw', partition: 0, offset: 1 }] };
}

test('a pipeline in an embedded broker goes on over stops, kills and restarts of it: all comes out once and in order, and the repartition topic is trimmed', async () => {
  await using broker = await startBroker({ topics: { raw: 2, clean: 2 }, settings: SETTINGS });
  const running = await broker.run(clean);
  await assert.rejects(broker.run(clean), /a pipeline 'clean' runs in this broker already/);
  await append(broker, 0, 80);
  await until(broker, 'clean', 20);
  await broker.kill();
  await broker.restart();
  await append(broker, 80, 160);
  await until(broker, 'clean', 100);
  await broker.restart();
  await append(broker, 160, READINGS.length);
  await until(broker, 'clean', COUNT);
  const client = await broker.logClient();
  const starts = () => Promise.all([0, 1].map((n) => client.start!('clean-by-id-repartition', n)));
  while (Math.max(...(await starts())) === 0) await clock.sleep(10);
  await running.stop();
  await running.ended;
  const found = await outputs<Reading>(broker, 'clean');
  for (const id of ['s0', 's1'])
    assert.deepEqual(
      found.filter((one) => one.id === id).map(({ n }) => n),
      Array.from({ length: COUNT / 2 }, (_, n) => n),
    );
});

test('its group is an ordinary one, with the broker as a member that tools can see', async () => {
  await using broker = await startBroker({ topics: { raw: 2, clean: 2 }, settings: SETTINGS });
  const running = await broker.run(clean);
  await append(broker, 0, 10);
  await until(broker, 'clean', 3);
  const describe = async () => {
    const wire = await WireClient.connect(broker.port);
    const { groups } = await wire.send(describeGroupsApi, 5, { groups: ['clean'] });
    wire.close();
    return groups[0]!;
  };
  const { groupState, protocolData, members } = await describe();
  assert.deepEqual([groupState, protocolData, members.length], ['Stable', 'gregor-pipeline', 1]);
  assert.equal(members[0]!.groupInstanceId, 'broker');
  assert.deepEqual(decodeAssignment(members[0]!.memberAssignment).assignedPartitions, [
    { topic: 'raw', partitions: [0, 1] },
    { topic: 'clean-by-id-repartition', partitions: [0, 1] },
  ]);
  await running.stop();
  assert.equal((await describe()).groupState, 'Empty');
});

test('a commit is one frame: no marker is written, and nobody has to read committed', async () => {
  await using broker = await startBroker({ topics: { raw: 1, out: 1 } });
  const client = await broker.logClient();
  const membership = await client.join('g', ['raw']);
  const writer = await client.open('w');
  await writer.commit(work(membership, ['a', 'b']));
  await writer.commit(work(membership, ['c']));
  const session = new Session(broker, 'new');
  assert.deepEqual((await session.fetch('out', 0)).seen, ['a', 'b', 'c']);
  assert.equal(await session.latest('out', 0), 3);
  session.close();
  await membership.leave();
});

test('what no frame can hold is a transaction, whole as well, and the writer goes on', async () => {
  await using broker = await startBroker({ topics: { raw: 1, out: 1 } });
  const client = await broker.logClient();
  const membership = await client.join('g', ['raw']);
  const writer = await client.open('w');
  const large = Array.from({ length: 12 }, (_, n) => JSON.stringify(`${n}`.padEnd(500_000)));
  for (let turn = 0; turn < 2; turn++) await writer.commit(work(membership, large));
  await writer.commit(work(membership, ['"small"']));
  const found = await outputs<string>(broker, 'out');
  assert.deepEqual(
    found.map((text) => text.trim()),
    [...large, ...large].map((text) => (JSON.parse(text) as string).trim()).concat('small'),
  );
  const session = new Session(broker, 'new');
  assert.equal(await session.latest('out', 1), 27); // two markers
  session.close();
  await membership.leave();
});

test('topics that deduplicate or look at their records take what pipelines write like what anybody writes', async () => {
  await using broker = await startBroker({ topics: { raw: 1 } });
  const client = await broker.logClient();
  const once = { 'gregor.dedupe.by': 'value' };
  await client.create({ name: 'once', partitions: 1, settings: once });
  const strict = { 'gregor.schema': '{"type":"string"}' };
  await client.create({ name: 'strict', partitions: 1, settings: strict });
  const membership = await client.join('g', ['raw']);
  const writer = await client.open('w');
  for (const texts of [
    ['"a"', '"b"', '"a"'],
    ['"b"', '"c"'],
  ]) {
    await writer.commit(work(membership, texts, 'once'));
    await writer.commit(work(membership, texts, 'strict'));
  }
  assert.deepEqual(await outputs(broker, 'once'), ['a', 'b', 'c']);
  assert.deepEqual(await outputs(broker, 'strict'), ['a', 'b', 'a', 'b', 'c']);
  await membership.leave();
});

test('a pipeline that fails for good says so and ends, and the broker goes on', async () => {
  const told: string[] = [];
  await using broker = await startBroker({
    topics: { raw: 1 },
    events: (level, message, fields) => {
      if (level === 'error') told.push(`${message}: ${String(fields?.['message'])}`);
    },
  });
  const strict = pipeline('strict')
    .from(raw)
    .keyBy((r) => r.value.id)
    .reorder({ sequence: (r) => r.value.n, start: 0, gap: { timeout: '1s', onTimeout: 'fail' } })
    .to(topic('never'));
  const running = await broker.run(strict);
  await broker.append('raw', [
    { value: { id: 'a', n: 1 }, timestamp: 1_000 },
    { value: { id: 'a', n: 2 }, timestamp: 5_000 },
  ]);
  await assert.rejects(running.ended, /0-0 of key a did not come within 1000 ms/);
  assert.match(told.join('\n'), /^pipeline\.failed: .*did not come within 1000 ms/);
  await broker.append('raw', [{ value: { id: 'a', n: 3 } }]);
});

test('an input that is not there yet is waited for', async () => {
  const told: string[] = [];
  const events: EventSink = (_level, message, fields) =>
    void told.push(`${message} ${String(fields?.['message'])}`);
  await using broker = await startBroker({ events });
  const running = await broker.run(pipeline('early').from(topic('later')).to(topic('done')));
  while (!told.some((text) => text.startsWith('pipeline.interrupted there is no topic')))
    await clock.sleep(5);
  await clock.sleep(1_200); // it looks every second, and tells it once
  assert.equal(told.filter((text) => text.startsWith('pipeline.interrupted')).length, 1);
  await broker.createTopic('done');
  await broker.append('later', [{ value: '"a"' }]);
  await until(broker, 'done', 1);
  await running.stop();
});

test('topics that are deleted while it runs: an output is made anew; without its changelog it stops once, says what is lost, and goes on when it is started again', async () => {
  const told: string[] = [];
  const events: EventSink = (_level, message, fields) =>
    void told.push(`${message} ${String(fields?.['message'])}`);
  await using broker = await startBroker({ topics: { in: 1, once: 1 }, settings: SETTINGS, events });
  const once = pipeline('once', { commitEvery: '50ms' })
    .from(topic('in', { value: serde.json<string>() }))
    .keyBy((r) => r.value, { as: 'by-id' })
    .dedupe({ window: { count: 10 } })
    .to(topic('once', { key: serde.text, value: serde.json<string>() }));
  const remove = async (name: string) => {
    const wire = await WireClient.connect(broker.port);
    await wire.send(deleteTopicsApi, 6, { topics: [{ name }], timeoutMs: 1_000 });
    wire.close();
  };
  const running = await broker.run(once);
  await broker.append('in', [{ value: '"a"' }]);
  await until(broker, 'once', 1);
  await remove('once');
  await broker.append('in', [{ value: '"b"' }]);
  const starts = () => told.filter((text) => text.startsWith('pipeline.assigned')).length;
  while (starts() < 2) await clock.sleep(20);
  assert.ok(told.some((text) => text.startsWith("pipeline.interrupted there is no topic 'once' any more")));
  await until(broker, 'once', 1);
  assert.deepEqual(await outputs(broker, 'once'), ['b']);
  await remove('once-by-id-changelog');
  await broker.append('in', [{ value: '"c"' }]);
  await assert.rejects(
    running.ended,
    /there was no 'once-by-id-changelog', though .* start the pipeline again/,
  );
  await running.stop();
  const again = await broker.run(once);
  await until(broker, 'once', 2);
  assert.deepEqual(await outputs(broker, 'once'), ['b', 'c']);
  await again.stop();
});
