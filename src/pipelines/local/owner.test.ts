/** Between what is asked and what is done, another owner may come. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { silent } from '../../base/index.ts';
import { memoryEnvironment } from '../../env/memory/index.ts';
import type { Partitions } from '../../partition/index.ts';
import { startServer } from '../../server/index.ts';
import { pipeline, topic } from '../../streams/index.ts';
import type { LogClient, Membership } from '../log-client.ts';
import { TaskHost } from '../task-host.ts';
import { LocalLogClient } from './local-log-client.ts';

const SETTINGS = new Map([['listeners', 'PLAINTEXT://127.0.0.1:0']]);

async function started() {
  const env = memoryEnvironment();
  const server = await startServer(env, { settings: SETTINGS, events: silent, listens: false });
  for (const name of ['in', 'out']) await server.log.createTopic(name, 1);
  return { server, clock: env.clock, client: new LocalLogClient(server.broker, 'one') };
}

async function ended(membership: Membership, server: { stop(): Promise<void> }): Promise<void> {
  await membership.leave();
  await server.stop();
}

function work(membership: Membership, offset: number) {
  const outputs = [
    { topic: 'out', partition: 0, key: null, value: Buffer.from('x'), headers: [], timestampMs: 1 },
  ];
  return { outputs, membership, positions: [{ topic: 'in', partition: 0, offset }] };
}

test('L3: an owner that is replaced while it waits for room commits nothing', async (context) => {
  const { server, client } = await started();
  const { promise: room, resolve: makeRoom } = Promise.withResolvers<void>();
  let hasWaited = false;
  const whenReady = () => {
    if (hasWaited) return undefined;
    hasWaited = true;
    return room;
  };
  const partitions = new Proxy(server.broker.partitions, {
    get(target, name) {
      if (name === 'whenReady') return whenReady;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  }) as Partitions;
  const crowded = new LocalLogClient({ ...server.broker, partitions }, 'one');
  const membership = await crowded.join('g', ['in']);
  context.after(() => ended(membership, server)); // also when it fails: a broker keeps its process alive
  const old = await crowded.open('w');
  const committing = old.commit(work(membership, 1));
  await client.open('w');
  makeRoom();
  await assert.rejects(committing, /PRODUCER_FENCED/);
  assert.equal(await membership.committed('in', 0), 0);
});

test('L2: a task reads where it stands only once the earlier owner can move it no further', async (context) => {
  const { server, client, clock } = await started();
  const membership = await client.join('g', ['in']);
  context.after(() => ended(membership, server));
  const plan = pipeline('p').from(topic('in')).to(topic('out'));
  const [stage] = plan.layout.stages;
  const old = await client.open(`p-${stage!.name}-0`);
  const late: LogClient = {
    ...{
      recordsPerCommit: 1,
      partitions: (names) => client.partitions(names),
      create: (one) => client.create(one),
    },
    ...{ join: (group, topics) => client.join(group, topics), readAll: (from) => client.readAll(from) },
    close: () => client.close(),
    async open(id) {
      await old.commit(work(membership, 5)); // its last one, while the new owner is on its way
      return client.open(id);
    },
  };
  const settings = { layout: plan.layout, stage: stage!, partition: 0, partitionsOf: () => 1 };
  const host = await TaskHost.open(settings, {
    client: late,
    membership,
    clock,
    events: undefined,
    programs: undefined,
  });
  assert.deepEqual(host.positions(), [{ topic: 'in', partition: 0, offset: 5 }]);
  await host.close();
});
