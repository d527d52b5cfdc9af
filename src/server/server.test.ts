/** What a program that holds a server may do to it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { silent } from '../base/index.ts';
import { memoryEnvironment } from '../env/memory/index.ts';
import { startServer } from './server.ts';

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
