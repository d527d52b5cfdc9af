/** What is told when a real Redis refuses, is full, wants a password or says nothing at all; and that it goes on by itself afterwards. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventSink } from '../../src/base/index.ts';
import { nodeEnvironment } from '../../src/env/node/index.ts';
import { RedisLink } from '../../src/pipelines/outside/redis-link.ts';
import { hurriedClock } from './hurried-clock.ts';
import { noRedis, RedisServer } from './redis-server.ts';

const { clock } = nodeEnvironment('/nonexistent');
const SET = "return redis.call('SET', KEYS[1], ARGV[1])";

function linkTo(url: string, hurry = 1) {
  const told: string[] = [];
  const events: EventSink = (_level, message, fields) => told.push(`${message} ${fields?.['message'] ?? ''}`);
  const task = {
    pipeline: 'p',
    step: 's',
    partition: 0,
    clock: hurriedClock(clock, hurry),
    events,
    programs: undefined,
  };
  return { link: new RedisLink(url, 'redis', task), told };
}

/** The call is not answered until `mend`, and what is told meanwhile is `told`. */
async function waits(url: string, told: string, mend: () => unknown, hurry?: number): Promise<void> {
  const { link, told: heard } = linkTo(url, hurry);
  const answer = link.call(SET, ['k'], ['v']);
  while (heard.length === 0) await clock.sleep(5);
  await mend();
  assert.equal(String(await answer), 'OK');
  await link.close();
  assert.deepEqual(heard, [`pipeline.redis.down ${told}`, 'pipeline.redis.back ']);
}

const WAITS = 'the step waits and goes on when it is back, nothing is lost';

test('no room in Redis', { skip: noRedis }, async () => {
  await using redis = await RedisServer.start();
  await redis.command('CONFIG', 'SET', 'maxmemory', '1');
  const { link, told } = linkTo(redis.url);
  const answer = link.call(SET, ['k'], ['v']);
  while (told.length === 0) await clock.sleep(5);
  assert.match(
    told[0]!,
    /OOM command not allowed .*; it has no room: raise maxmemory, or take out what else is in it; the step waits/,
  );
  await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  assert.equal(String(await answer), 'OK');
  await link.close();
});

test('a Redis with a password: in the address, percent-encoded; missing; wrong', {
  skip: noRedis,
}, async () => {
  await using redis = await RedisServer.start();
  await redis.command('CONFIG', 'SET', 'requirepass', 'a@b/c:d#');
  const at = `127.0.0.1:${redis.port}`;
  for (const user of ['', 'default']) {
    const { link } = linkTo(`redis://${user}:${encodeURIComponent('a@b/c:d#')}@${at}/3`);
    assert.equal(String(await link.call(SET, ['k'], ['v'])), 'OK');
    await link.close();
  }
  for (const [address, said] of [
    [
      `redis://${at}`,
      /NOAUTH .*; the address names user and password, redis:\/\/USER:PASSWORD@HOST:PORT or .*; the step waits/,
    ],
    [`redis://:wrong@${at}`, /WRONGPASS .*; the address names user and password, .*; the step waits/],
  ] as const) {
    const { link, told } = linkTo(address);
    void link.call(SET, ['k'], ['v']);
    while (told.length === 0) await clock.sleep(5);
    assert.match(told[0]!, said);
    await link.close();
  }
});

test('a Redis that says nothing, before and after the connection is made', { skip: noRedis }, async () => {
  await using redis = await RedisServer.start();
  redis.freeze();
  await waits(redis.url, `it has not answered for 10 s; ${WAITS}`, () => redis.thaw(), 50);
  const { link, told } = linkTo(redis.url, 50);
  assert.equal(String(await link.call(SET, ['k'], ['v'])), 'OK');
  redis.freeze();
  const answer = link.call(SET, ['k'], ['w']);
  while (told.length === 0) await clock.sleep(5);
  redis.thaw();
  assert.equal(String(await answer), 'OK');
  await link.close();
});
