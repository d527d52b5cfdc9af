/** CreateTopics of very many topics: in slices, between which others are served. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { silent } from '../base/index.ts';
import { memoryEnvironment } from '../env/memory/index.ts';
import { startServer } from '../server/index.ts';
import { HANDLERS } from './handlers/index.ts';
import type { RequestContext } from './handler.ts';

const COUNT = 2_000;

test('very many topics are made in slices, and the connection takes no other request before they are there', async () => {
  const settings = new Map([['num.partitions', '1']]);
  const server = await startServer(memoryEnvironment(), { settings, events: silent, listens: false });
  const { image, clock } = server.broker;
  const seen: number[] = [];
  const turn = () => {
    seen.push(image.topicCount);
    return clock.turn();
  };
  const broker = { ...server.broker, clock: { ...clock, turn } };
  const names = Array.from({ length: COUNT }, (_, n) => `topic-${n}`);
  let held: Promise<void> | undefined;
  const context = { version: 7, room: { hold: (until: Promise<void>) => (held = until) } };
  const { handle } = HANDLERS.find(({ api }) => api.name === 'CreateTopics')!;
  const topics = [...names, names[7]!].map((name) => ({
    name,
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [],
    configs: [],
  }));
  const internal = image.topicCount;
  const request = { topics, timeoutMs: 1_000, validateOnly: false };
  const answering = handle(broker, request as never, context as unknown as RequestContext);
  const inFirstTurn = image.topicCount - internal;
  await held;
  const whenReleased = image.topicCount - internal;
  const answer = (await answering) as unknown as { topics: { name: string; errorCode: number }[] };
  await server.stop();
  assert.ok(inFirstTurn > 0 && inFirstTurn < COUNT / 4, `${inFirstTurn} in the first turn`);
  assert.ok(seen.length > 4, `${seen.length} turns for others`);
  assert.equal(whenReleased, COUNT - 1);
  const refused = answer.topics.filter(({ errorCode }) => errorCode !== 0);
  assert.deepEqual(
    answer.topics.map(({ name }) => name),
    topics.map(({ name }) => name),
  );
  assert.deepEqual(
    refused.map(({ name }) => name),
    [names[7], names[7]],
  );
});
