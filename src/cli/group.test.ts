/** gregor group ..., against a broker in this process: each command once as a process, then more of them in one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { WarmGregor } from '../../test/cli/warm-gregor.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import { consumerGroupHeartbeatApi, findCoordinatorApi, offsetCommitApi } from '../protocol/index.ts';
import { startBroker } from '../testing/index.ts';
import { parseDuration } from './client/duration.ts';
import { behindText, type LagRow } from './client/group-lag.ts';
import { placesIn, targetOf } from './client/group-seek.ts';
import { lookAgainAndAgain, type Seen } from './commands/group-watch.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';

const program = path.join(import.meta.dirname, '../../bin/gregor.mjs');

interface Run {
  readonly code: number | null;
  readonly rows: Record<string, unknown>[];
  readonly err: string;
}

function gregor(bootstrap: string, words: readonly string[], input = ''): Promise<Run> {
  const env = { ...process.env, GREGOR_BOOTSTRAP: bootstrap };
  const child = spawn(process.execPath, [program, 'group', ...words], { env, stdio: 'pipe' });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, rows: rowsOf(out), err })));
}

function rowsOf(out: string): Record<string, unknown>[] {
  const lines = out.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

function places(rows: readonly Record<string, unknown>[], field: string): unknown[] {
  return rows.map((row) => [row['partition'], row[field]]);
}

test('a group is listed, its lag told in records and time, moved and forgotten', async () => {
  await using broker = await startBroker({ topics: { orders: 2 } });
  await using warm = new WarmGregor();
  const group = (words: readonly string[], input?: string) => gregor(broker.bootstrap, words, input);
  const again = async (words: readonly string[]): Promise<Run> => {
    const { code, out, err } = await warm.run(['group', ...words, '-b', broker.bootstrap]);
    return { code, rows: rowsOf(out), err };
  };
  const [host, port] = broker.bootstrap.split(':');
  const client = await WireClient.connect(Number(port), host);
  await client.send(findCoordinatorApi, 4, { keyType: 0, coordinatorKeys: ['billing'] });
  for (let n = 0; n < 10; n++)
    await broker.append('orders', [{ value: `v${n}`, partition: n % 2, timestamp: Date.now() - 60_000 }]);

  const member = { groupId: 'billing', memberId: 'm', rebalanceTimeoutMs: 60_000, topicPartitions: [] };
  const joined = await client.send(consumerGroupHeartbeatApi, 1, {
    ...member,
    memberEpoch: 0,
    subscribedTopicNames: ['orders'],
  });
  await client.send(offsetCommitApi, 9, {
    groupId: 'billing',
    memberId: 'm',
    generationIdOrMemberEpoch: joined.memberEpoch,
    topics: [
      {
        name: 'orders',
        partitions: [
          { partitionIndex: 0, committedOffset: 5, committedMetadata: null },
          { partitionIndex: 1, committedOffset: 2, committedMetadata: null },
        ],
      },
    ],
  });

  const [list, describe, lag, busy, missing] = await Promise.all([
    group(['list']),
    group(['describe', 'billing']),
    group(['lag', 'billing']),
    group(['seek', 'billing', '--to', 'start', '--yes']),
    again(['describe', 'nobody']),
  ]);
  assert.deepEqual(list!.rows, [
    { group: 'billing', kind: 'consumer', state: 'Stable', protocol: 'consumer' },
  ]);
  assert.deepEqual((describe!.rows[0]!['members'] as { partitions: unknown }[])[0]!.partitions, [
    { topic: 'orders', partitions: [0, 1] },
  ]);
  assert.deepEqual(places(lag!.rows, 'lag'), [
    [0, 0],
    [1, 3],
  ]);
  assert.equal(lag!.rows[0]!['behindMs'], 0);
  const behindMs = lag!.rows[1]!['behindMs'] as number;
  assert(behindMs >= 60_000 && behindMs < 120_000, `${behindMs} ms`);
  assert.deepEqual([busy!.code, missing!.code], [4, 3], busy!.err);
  assert.match(busy!.err, /has members \(Stable\)/);

  await client.send(consumerGroupHeartbeatApi, 1, { groupId: 'billing', memberId: 'm', memberEpoch: -1 });
  const [dry, unasked] = await Promise.all([
    again(['seek', 'billing', '--to', 'start', '--dry-run']),
    again(['seek', 'billing', '--to', 'start']),
  ]);
  assert.deepEqual(places(dry!.rows, 'change'), [
    [0, -5],
    [1, -2],
  ]);
  assert.equal(unasked!.code, 2);
  assert.deepEqual(places((await again(['lag', 'billing'])).rows, 'offset'), [
    [0, 5],
    [1, 2],
  ]);

  const shifted = await again(['reset', 'billing', '--shift-by', '-3', '--yes']);
  assert.deepEqual(places(shifted.rows, 'to'), [
    [0, 2],
    [1, 0],
  ]);
  const one = await again(['seek', 'billing', '--to', 'end', '-t', 'orders:1', '--yes']);
  assert.deepEqual(places(one.rows, 'to'), [[1, 5]]);
  const file = '{"topic":"orders","partition":0,"offset":4}\norders,1,1\n';
  const restored = await group(['seek', 'billing', '--from-file', '-', '--yes'], file);
  assert.deepEqual(places(restored.rows, 'from'), [
    [0, 2],
    [1, 5],
  ]);
  const watched = await group(['watch', 'billing', '-n', '2', '--every', '0.1']);
  assert.deepEqual(places(watched.rows, 'offset'), [
    [0, 4],
    [1, 1],
    [0, 4],
    [1, 1],
  ]);

  const deleted = await group(['delete', 'billing', '--yes']);
  assert.deepEqual(deleted.rows, [{ group: 'billing', deleted: true }]);
  assert.deepEqual((await again(['list'])).rows, []);
  client.close();
});

test('durations and ages read as people write them', () => {
  assert.equal(parseDuration('90s', '--by-duration'), 90_000);
  assert.equal(parseDuration('1h30m', '--by-duration'), 5_400_000);
  assert.equal(parseDuration('PT1H30M', '--by-duration'), 5_400_000);
  assert.equal(parseDuration('P1DT2H', '--by-duration'), 93_600_000);
  for (const text of ['', 'P', 'soon', '5', '1m1h'])
    assert.throws(() => parseDuration(text, '--by-duration'), /no duration/);
  assert.equal(behindText(12_300), '12 s behind');
  assert.equal(behindText(75_000), '1 min 15 s behind');
  assert.equal(behindText(3 * 86_400_000), '3 d 0 h behind');
  assert.equal(behindText(0), 'up to date');
});

test('where to go is said in one way, and a file line by line', () => {
  assert.throws(() => targetOf({}, 0), /in one way/);
  assert.throws(() => targetOf({ to: 'start', shiftBy: '1' }, 0), /in one way/);
  assert.throws(() => targetOf({ shiftBy: 'ten' }, 0), /no number of records/);
  assert.deepEqual(targetOf({ byDuration: '1s' }, 5_000), {
    kind: 'spec',
    spec: { kind: 'time', timestamp: 4_000n },
  });
  assert.throws(() => placesIn('orders,1,5\nnonsense', 'f'), /f, line 2/);
  assert.deepEqual(
    placesIn('orders,1,5\n{"topic":"t","partition":0,"to":7}', 'f').get('t'),
    new Map([[0, 7n]]),
  );
});

test('a watch goes on while the broker or a group is away; a first look that fails ends it, and so does a bug', async () => {
  const gone = new CommandFailed(EXIT.notFound, "There is no group 'billing'.");
  const row = { group: 'billing' } as LagRow;
  const watch = async (...looks: (Error | readonly LagRow[])[]) => {
    const shown: Seen[] = [];
    const look = () => {
      const next = looks.shift()!;
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    };
    await lookAgainAndAgain(look, { times: looks.length, everyMs: 0, show: (seen) => shown.push(seen) });
    return shown;
  };
  assert.deepEqual(await watch([row], gone, [row]), [[row], gone, [row]]);
  await assert.rejects(watch(gone, [row]), gone);
  const bug = new TypeError('undefined is not a function');
  await assert.rejects(watch([row], bug, [row]), bug);
});
