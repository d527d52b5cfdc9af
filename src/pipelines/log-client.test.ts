/** What every LogClient promises (L1-L4), over the network and inside the broker; and what each does besides. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from '../../test/wire/transaction-session.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import type { EmbeddedBroker } from '../embed/index.ts';
import { nodeEnvironment } from '../env/node/index.ts';
import { deleteRecordsApi, deleteTopicsApi, offsetFetchApi } from '../protocol/index.ts';
import { PipelineFailed, PlanError } from '../streams/index.ts';
import { startBroker } from '../testing/index.ts';
import {
  type Fetched,
  KafkaLogClient,
  type LogClient,
  type Membership,
  type Position,
  type Writer,
} from './index.ts';

type Connect = (broker: EmbeddedBroker, who: string) => Promise<LogClient>;
const overTheNetwork: Connect = (broker) =>
  KafkaLogClient.connect({ bootstrap: [broker.bootstrap], sessionTimeoutMs: 6_000 });
/** With how long a commit is left before the kill, in milliseconds; below 1: so many hundredths are turns of the event loop. */
const ADAPTERS: Readonly<Record<string, readonly [Connect, pausesMs: readonly number[]]>> = {
  'over the network': [overTheNetwork, [0, 3, 6, 9, 12, 40]],
  'inside the broker': [(broker, who) => broker.logClient(who), [0, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3, 9]],
};
/** Where `work` writes. */
const PLACES = [
  ['out', 0],
  ['out', 1],
  ['log', 0],
] as const;
const { clock } = nodeEnvironment('/nonexistent');
const TOPICS = { in: 1, out: 2, log: 1 };
const SETTINGS = { 'group.initial.rebalance.delay.ms': 0 };
const ID = 'copier';
const GROUP = 'p';
const START: Position = { topic: 'in', partition: 0, offset: 0 };

function start(topics: Readonly<Record<string, number>> = TOPICS): Promise<EmbeddedBroker> {
  return startBroker({ topics, settings: SETTINGS });
}

function output(topic: string, partition: number, text: string) {
  return { topic, partition, key: Buffer.from('k'), value: Buffer.from(text), headers: [], timestampMs: 1 };
}

/** What a commit of the task would be after `offset` records. */
function work(membership: Membership, offset: number, text = `${offset}`) {
  return {
    outputs: [output('out', 0, text), output('out', 1, text), output('log', 0, text)],
    membership,
    positions: [{ topic: 'in', partition: 0, offset }],
  };
}

async function texts(broker: EmbeddedBroker, topic: string, partition = 0): Promise<string[]> {
  const found: string[] = [];
  for await (const record of broker.read(topic, { partition, until: 'end' })) found.push(record.text());
  return found;
}

async function standing(client: LogClient) {
  const membership = await client.join(GROUP, ['in']);
  return { membership, at: await membership.committed('in', 0) };
}

async function ask<A>(broker: EmbeddedBroker, question: (wire: WireClient) => Promise<A>): Promise<A> {
  const wire = await WireClient.connect(broker.port);
  try {
    return await question(wire);
  } finally {
    wire.close();
  }
}

/** -1: the group never stood anywhere. */
async function committedOf(broker: EmbeddedBroker, groupId: string): Promise<number> {
  const request = { groupId, topics: [{ name: 'in', partitionIndexes: [0] }], requireStable: true };
  const answer = await ask(broker, (wire) => wire.send(offsetFetchApi, 7, request));
  return answer.topics[0]!.partitions[0]!.committedOffset;
}

async function pause(ms: number): Promise<void> {
  if (ms >= 1) return clock.sleep(ms);
  for (let turn = 0; turn < ms * 100; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function textsOf(fetched: readonly Fetched[]): (string | undefined)[] {
  return fetched.flatMap(({ records }) => records.map(({ value }) => value?.toString()));
}

async function all(client: LogClient, from: Position) {
  const found: Fetched[] = [];
  for await (const fetched of client.readAll(from)) found.push(fetched);
  return { texts: textsOf(found), next: found.at(-1)?.next };
}

for (const [name, [connect, pausesMs]] of Object.entries(ADAPTERS)) {
  test(`L1 ${name}: open and aborted transactions are not seen, and positions move past them`, async () => {
    await using broker = await start();
    await broker.append('in', [{ value: 'a' }]);
    const session = new Session(broker, 'new');
    await session.init();
    await session.send('in', 0, 'never');
    const client = await connect(broker, 'one');
    const membership = await client.join(GROUP, ['in']);
    assert.deepEqual([...membership.assignment], [['in', [0]]]);
    assert.deepEqual(textsOf(await membership.fetch([START], 50)), ['a']);
    assert.deepEqual(await all(client, START), { texts: ['a'], next: 1 });
    assert.equal(await client.end!('in', 0), 2); // with what is open
    const waiting = membership.fetch([{ ...START, offset: 1 }], 500);
    await session.end(false);
    const [passed] = await waiting;
    await broker.append('in', [{ value: 'b' }]);
    const rest = await membership.fetch([{ ...START, offset: passed?.next ?? 1 }], 1_000);
    assert.deepEqual(textsOf([...(passed === undefined ? [] : [passed]), ...rest]), ['b']);
    assert.deepEqual(await all(client, START), { texts: ['a', 'b'], next: 4 });
    assert.deepEqual(await all(client, { ...START, offset: 4 }), { texts: [], next: undefined });
    await membership.leave();
    await client.close();
    session.close();
  });

  test(`L2, L3 ${name}: who is replaced commits nothing more, and who replaces finds what is final`, async () => {
    await using broker = await start();
    const client = await connect(broker, 'one');
    const { membership, at } = await standing(client);
    assert.equal(at, 0);
    const old = await client.open(ID);
    await old.commit(work(membership, 1));
    const present = await client.open(ID);
    await assert.rejects(old.commit(work(membership, 2)));
    assert.deepEqual(await texts(broker, 'out', 1), ['1']);
    assert.equal(await membership.committed('in', 0), 1);
    await present.commit(work(membership, 3));
    assert.deepEqual(await texts(broker, 'log'), ['1', '3']);
    assert.equal(await membership.committed('in', 0), 3);
    for (const writer of [old, present]) await writer.close();
    await membership.leave();
    await client.close();
  });

  test(`L3 ${name}: killed at any moment, a commit is there whole or not at all`, async () => {
    await using broker = await start();
    const written: string[] = [];
    for (const pauseMs of pausesMs) {
      const client = await connect(broker, 'one');
      const group = `${GROUP}-${written.length}-${pauseMs}ms`;
      const membership = await client.join(group, ['in']);
      const writer = await client.open(ID);
      let isTold = false;
      const committing = writer.commit(work(membership, 1, group)).then(
        () => (isTold = true),
        () => undefined, // the broker was killed
      );
      await pause(pauseMs);
      await broker.kill();
      membership.leave().catch(() => undefined); // to nobody
      if (connect === overTheNetwork) await Promise.all([writer.close(), client.close(), committing]);
      await broker.restart();
      const next = await connect(broker, 'two');
      await (await next.open(ID)).close();
      const isThere = (await committedOf(broker, group)) === 1;
      assert.ok(isThere || !isTold, group);
      if (isThere) written.push(group);
      for (const [topic, index] of [...PLACES]) assert.deepEqual(await texts(broker, topic, index), written);
      await next.close();
    }
  });

  test(`${name}: an input that is deleted is waited for; in one that was made anew, nothing is passed over`, async () => {
    await using broker = await start();
    await broker.append('in', [{ value: 'old' }]);
    const client = await connect(broker, 'one');
    const { membership } = await standing(client);
    const read = () => membership.fetch([{ ...START, offset: 1 }], 50);
    assert.deepEqual(await read(), []);
    await ask(broker, (wire) =>
      wire.send(deleteTopicsApi, 6, { topics: [{ name: 'in' }], timeoutMs: 1_000 }),
    );
    const failing = async (expected: string) => {
      for (let error: Error | undefined; error?.message.startsWith(expected) !== true; )
        await read().catch((failure: Error) => (error = failure));
    };
    await failing("there is no topic 'in' any more; the pipeline waits for it.");
    await broker.createTopic('in');
    await broker.append('in', [{ value: 'new' }, { value: 'newer' }]);
    await failing("'in' was deleted and made anew while the pipeline read it.");
    await assert.rejects(read(), PlanError);
    await membership.leave();
    const again = await standing(client);
    assert.equal(again.at, 0);
    assert.deepEqual(textsOf(await again.membership.fetch([START], 1_000)), ['new', 'newer']);
    await again.membership.leave();
    await client.close();
  });

  test(`${name}: what a topic refuses for good stops the pipeline, with the reason; nothing is committed`, async () => {
    await using broker = await start();
    const client = await connect(broker, 'one');
    const settings = { 'gregor.schema': '{"required":["id"],"type":"object"}' };
    await client.create({ name: 'strict', partitions: 1, settings });
    await client.create({ name: 'small', partitions: 1, settings: { 'max.message.bytes': '300' } });
    const { membership } = await standing(client);
    const refused = async (topic: string, text: string, reason: RegExp) => {
      const writer = await client.open(ID);
      const { outputs, ...rest } = work(membership, 1);
      await assert.rejects(
        writer.commit({ outputs: [...outputs, output(topic, 0, text)], ...rest }),
        (error) => error instanceof PipelineFailed && reason.test(error.message),
      );
      await writer.close();
      const next = await client.open(ID);
      await next.close();
      assert.deepEqual(await texts(broker, 'out'), []);
      assert.equal(await membership.committed('in', 0), 0);
    };
    await refused('strict', '{"name":"x"}', /strict.* refuses what the pipeline writes: .*INVALID_RECORD/);
    await refused(
      'small',
      'x'.repeat(1_000),
      /small.* refuses what the pipeline writes: .*MESSAGE_TOO_LARGE/,
    );
    await membership.leave();
    await client.close();
  });

  test(`${name}: records are deleted before an offset, in one partition and no further than the end`, async () => {
    await using broker = await start();
    const records = ['a', 'b', 'c'].flatMap((value) => [0, 1].map((partition) => ({ value, partition })));
    await broker.append('out', records);
    const client = await connect(broker, 'one');
    const before = (offset: number) => client.deleteRecords!([{ topic: 'out', partition: 1, offset }]);
    const starts = () => Promise.all([0, 1].map((partition) => client.start!('out', partition)));
    await before(2);
    assert.deepEqual(await starts(), [0, 2]);
    await before(1);
    assert.deepEqual(await starts(), [0, 2]);
    assert.deepEqual(await all(client, { ...START, topic: 'out', partition: 1 }), { texts: ['c'], next: 3 });
    await assert.rejects(before(4));
    assert.deepEqual(await starts(), [0, 2]);
    await before(3);
    assert.deepEqual(await starts(), [0, 3]);
    await client.close();
  });

  test(`${name}: records that retention took from the pipeline are an error that says so`, async () => {
    await using broker = await start();
    await broker.append('in', [{ value: 'a' }, { value: 'b' }]);
    const client = await connect(broker, 'one');
    const membership = await client.join(GROUP, ['in']);
    const topics = [{ name: 'in', partitions: [{ partitionIndex: 0, offset: 2 }] }];
    await ask(broker, (wire) => wire.send(deleteRecordsApi, 2, { topics, timeoutMs: 1_000 }));
    await assert.rejects(
      membership.fetch([START], 50),
      /stands at offset 0, .* before 2: 2 records are lost/,
    );
    await membership.leave();
    await client.close();
  });
}

test('L4 over the network: killed at any moment, where offsets are committed all that was sent before is there', async () => {
  await using broker = await start();
  let committed = 0;
  for (const pauseMs of [1, 4, 8, 12, 16, Infinity]) {
    const client = await overTheNetwork(broker, 'one');
    const group = `${GROUP}-${pauseMs}ms`;
    const membership = await client.join(group, ['in']);
    const writer = await client.open(ID, 'at-least-once');
    const { outputs, ...rest } = work(membership, 1, group);
    writer.send!(outputs);
    const committing = writer.commit({ outputs: [], ...rest }).catch(() => undefined); // the broker was killed
    await (pauseMs === Infinity ? committing : pause(pauseMs));
    await broker.kill();
    membership.leave().catch(() => undefined); // to nobody
    await Promise.all([writer.close(), client.close(), committing]);
    await broker.restart();
    const next = await overTheNetwork(broker, 'two');
    await (await next.open(ID)).close();
    await next.close();
    if ((await committedOf(broker, group)) !== 1) continue;
    committed++;
    for (const [topic, index] of [...PLACES])
      assert.equal((await texts(broker, topic, index)).filter((text) => text === group).length, 1, group);
  }
  assert.ok(committed > 0);
});

test('L3: a runner on the other side of a socket and one inside the broker fence each other', async () => {
  await using broker = await start();
  const writers: Writer[] = [];
  const members: Membership[] = [];
  const clients: LogClient[] = [];
  const connects = Object.values(ADAPTERS).map(([connect]) => connect);
  for (const connect of [...connects, ...connects]) {
    const client = await connect(broker, `member ${writers.length}`);
    clients.push(client);
    members.push(await client.join(`${GROUP}${writers.length}`, ['in']));
    writers.push(await client.open(ID));
    const n = writers.length;
    for (const [index, writer] of writers.entries())
      if (index === n - 1) await writer.commit(work(members[index]!, n));
      else await assert.rejects(writer.commit(work(members[index]!, 99)), `writer ${index} after ${n}`);
  }
  assert.deepEqual(await texts(broker, 'out'), ['1', '2', '3', '4']);
  for (const writer of writers) await writer.close();
  for (const member of members) await member.leave();
  for (const client of clients) await client.close();
});
