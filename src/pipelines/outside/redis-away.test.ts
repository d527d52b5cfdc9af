/** Redis is away when a pipeline starts whose dedupe has ids in the changelog: its other tasks do not wait for that. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import test from 'node:test';
import { nodeEnvironment } from '../../env/node/index.ts';
import { pipeline, serde, topic } from '../../streams/index.ts';
import { ArrayLog } from '../log-fixture.ts';
import { runUntil } from './run-fixture.ts';

const { clock } = nodeEnvironment('/nonexistent');
await import('redis'); // takes its time, and is no part of what is measured

/** How long the task before the keyBy waited, and what was told of the one that needs Redis. */
async function started(redis: string): Promise<{ readonly ms: number; readonly told: readonly string[] }> {
  const plan = pipeline('p', { commitEvery: '30ms' })
    .from(topic('in', { value: serde.json<{ id: string }>() }))
    .keyBy((r) => r.value.id, { as: 'by-id' })
    .dedupe({ by: (r) => r.value.id, window: { time: '1h' }, store: { redis }, as: 'once' })
    .to(topic('out', { key: serde.text, value: serde.json() }));
  const log = new ArrayLog(clock, { in: 1, out: 1, 'dlq.p': 1, 'p-by-id-changelog': 1 });
  log.append('p-by-id-changelog', { key: 'once.ids\u0000a', value: 'seen' });
  log.append('in', { value: { id: 'a' } });
  const beginMs = clock.monotonic();
  const told = await runUntil(plan, { log, clock }, () => log.records('p-by-id-repartition').length > 0);
  return { ms: clock.monotonic() - beginMs, told };
}

test('a Redis that refuses', async () => {
  const { ms, told } = await started('redis://127.0.0.1:1');
  assert.ok(ms < 2_000, `${ms} ms`);
  assert.ok(
    told.includes(
      'pipeline.task.failed Redis 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1; the step waits and goes on when it is back, nothing is lost',
    ),
    told.join('\n'),
  );
});

test('a Redis that says nothing', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  try {
    const { ms } = await started(`redis://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    assert.ok(ms < 3_000, `${ms} ms`);
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});
