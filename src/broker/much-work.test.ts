/** Requests that ask for thousands of things: however many come at once, others are served between two of them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { WireClient } from '../../test/wire/wire-client.ts';
import { silent } from '../base/index.ts';
import { memoryEnvironment } from '../env/memory/index.ts';
import { metadataApi, produceApi } from '../protocol/index.ts';
import { startServer } from '../server/index.ts';

const COUNT = 6;

/** In which turn of the event loop each request began. */
async function turnsOf(ask: (clients: readonly WireClient[]) => readonly Promise<unknown>[]) {
  const settings = new Map([['listeners', 'PLAINTEXT://127.0.0.1:0']]);
  const server = await startServer(memoryEnvironment(), { settings, events: silent });
  const clients = [
    await WireClient.connect(server.listeners[0]!.port),
    await WireClient.connect(server.listeners[0]!.port),
  ];
  let turn = 0;
  let counting = setImmediate(function count() {
    turn++;
    counting = setImmediate(count);
  });
  const began: number[] = [];
  const { faults } = server;
  const take = faults.take.bind(faults);
  faults.take = (api) => {
    began.push(turn);
    return take(api);
  };
  await Promise.all(ask(clients));
  clearImmediate(counting);
  for (const client of clients) client.close();
  await server.stop();
  return began;
}

test('large requests other than produce begin one a turn, of all connections together', async () => {
  const topics = Array.from({ length: 3_000 }, (_, n) => ({ name: `no ${n}` }));
  const request = { topics, allowAutoTopicCreation: false };
  const began = await turnsOf((clients) =>
    clients.flatMap((client) => Array.from({ length: COUNT }, () => client.send(metadataApi, 9, request))),
  );
  assert.equal(began.length, 2 * COUNT);
  assert.equal(new Set(began).size, began.length, `in turns ${began.join(' ')}`);
});

test('after a produce request for thousands of partitions its connection starts no other in the same turn', async () => {
  const partitionData = Array.from({ length: 10_000 }, (_, index) => ({ index, records: null }));
  const request = { acks: 1, timeoutMs: 1_000, topicData: [{ name: 'none', partitionData }] };
  const began = await turnsOf(([client]) =>
    Array.from({ length: COUNT }, () => client!.send(produceApi, 9, request)),
  );
  assert.equal(began.length, COUNT);
  assert.equal(new Set(began).size, COUNT, `in turns ${began.join(' ')}`);
});
