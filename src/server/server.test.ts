/** What a program that holds a server may do to it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { WireClient } from '../../test/wire/wire-client.ts';
import { deferred, silent } from '../base/index.ts';
import type { MetadataRecord } from '../cluster/index.ts';
import type { Disk } from '../env/index.ts';
import { memoryEnvironment } from '../env/memory/index.ts';
import { createTopicsApi, joinGroupApi } from '../protocol/index.ts';
import { type Server, startServer } from './server.ts';

const SET = { partitions: 3, connections: 7 };

test('a server that is stopped again, while it stops or later, stops once, and everybody waits for that', async () => {
  const env = memoryEnvironment();
  const options = { settings: new Map<string, string>(), events: silent, listens: false };
  const server = await startServer(env, options);
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
  const next = await startServer(env, options);
  assert.equal(next.wasUnclean, false);
  await next.stop();
});

test('what was set on the broker while it ran holds from the first request after a start', async () => {
  const env = memoryEnvironment();
  const options = { settings: new Map([['num.partitions', '2']]), events: silent, listens: false };
  const set = (name: string, value: string): MetadataRecord => ({
    kind: 'config',
    resourceType: 'broker',
    resourceName: '',
    name,
    value,
  });
  const seen = ({ broker }: Server) => {
    const { 'num.partitions': partitions, 'max.connections': connections } = broker.configs.broker;
    return { partitions, connections };
  };
  const first = await startServer(env, options);
  await first.broker.controller.commit([set('num.partitions', '3'), set('max.connections', '7')]);
  const before = seen(first);
  await first.stop();
  const next = await startServer(env, options);
  const after = seen(next);
  await next.stop();
  assert.deepEqual({ before, after }, { before: SET, after: SET });
});

const AT_ANY_PORT: [string, string] = ['listeners', 'PLAINTEXT://127.0.0.1:0'];

function newTopic(name: string) {
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  return { topics: [topic], timeoutMs: 1_000, validateOnly: false };
}

test('a server that stops serves its clients until what takes long is done, and ends their connections last', async () => {
  const env = memoryEnvironment();
  const [reached, gate] = [deferred<void>(), deferred<void>()];
  let isGated = false;
  const syncDirectory = async (path: string) => {
    if (isGated && path.startsWith('partitions/')) {
      reached.resolve();
      await gate.promise;
    }
    return env.disk.syncDirectory(path);
  };
  const disk = new Proxy<Disk>(env.disk, {
    get: (target, verb: keyof Disk) =>
      verb === 'syncDirectory' ? syncDirectory : target[verb].bind(target as never),
  });
  const server = await startServer({ ...env, disk }, { settings: new Map([AT_ANY_PORT]), events: silent });
  const client = await WireClient.connect(server.listeners[0]!.port);
  await client.send(createTopicsApi, 7, newTopic('before'));
  isGated = true;
  const stopping = server.stop();
  await reached.promise;
  const { topics } = await client.send(createTopicsApi, 7, newTopic('meanwhile'));
  gate.resolve();
  await stopping;
  await assert.rejects(client.send(createTopicsApi, 7, newTopic('after')), /connection/);
  const next = await startServer(env, { settings: new Map(), events: silent, listens: false });
  const found = [...next.broker.image.topics].flatMap(({ name, isInternal }) => (isInternal ? [] : [name]));
  const { wasUnclean } = next;
  await next.stop();
  assert.deepEqual([topics[0]!.errorCode, wasUnclean, found], [0, false, ['before', 'meanwhile']]);
});

test('a server that stops does not wait for a member that waits for its group', async () => {
  const settings = new Map([AT_ANY_PORT, ['group.initial.rebalance.delay.ms', '60000']]);
  const server = await startServer(memoryEnvironment(), { settings, events: silent });
  const client = await WireClient.connect(server.listeners[0]!.port);
  const join = client.send(joinGroupApi, 3, {
    groupId: 'group',
    sessionTimeoutMs: 60_000,
    rebalanceTimeoutMs: 60_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  });
  const ended = assert.rejects(join, /connection/);
  const everyGroup = { statesFilter: [], typesFilter: [] };
  while ((await server.broker.groups.listGroups(everyGroup)).length === 0) await setImmediate();
  const began = performance.now();
  await server.stop();
  const elapsed = performance.now() - began;
  await ended;
  assert.ok(elapsed < 4_000, `${elapsed} ms: it is asked again, wherever its group is then`);
});
