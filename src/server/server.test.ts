/** What a program that holds a server may do to it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { silent } from '../base/index.ts';
import type { MetadataRecord } from '../cluster/index.ts';
import { memoryEnvironment } from '../env/memory/index.ts';
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
