import assert from 'node:assert/strict';
import test from 'node:test';
import { ALLOWED, type Allowance, isAllowedBy } from './allowed.ts';
import { startOurs } from './brokers.ts';
import { compareScript } from './check.ts';
import { ABSENT, differences } from './compare.ts';
import { warmUp } from './player.ts';
import { readRecording } from './recorded.ts';
import { script } from './script.ts';
import { AREAS } from './scripts/index.ts';
import { produce } from './scripts/requests.ts';

test('what Gregor answers is what Kafka answered, but for what is allowed with a reason', async (context) => {
  await using ours = await startOurs();
  await warmUp(ours.port);
  const used = new Set<Allowance>();
  for (const [area, scripts] of Object.entries(AREAS))
    await context.test(area, async () => {
      const recording = readRecording(area);
      const wrong: string[] = [];
      for (const one of scripts) {
        const { missing, found } = await compareScript(ours.port, one, recording);
        if (missing !== undefined) wrong.push(`${one.name}: ${missing}`);
        for (const { difference, allowance } of found)
          if (allowance !== undefined) used.add(allowance);
          else wrong.push(`${one.name}: ${JSON.stringify(difference)}`);
      }
      assert.deepEqual(wrong, []);
    });
  const idle = ALLOWED.filter((allowance) => !used.has(allowance)).map(({ scripts, path }) => [
    scripts,
    path,
  ]);
  assert.deepEqual(idle, [], 'allowed, but not needed: remove them');
});

test('each script has a name of its own', () => {
  const names = Object.values(AREAS).flatMap((scripts) => scripts.map(({ name }) => name));
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
});

test('a difference is found wherever it is', () => {
  const kafka = [{ errorCode: 0, topics: [{ name: 'a', offset: 1 }] }, { closed: true }];
  assert.deepEqual(differences(kafka, structuredClone(kafka)), []);
  const ours = [{ errorCode: 3, topics: [{ name: 'a' }, { name: 'b' }] }, { silent: true }];
  assert.deepEqual(differences(kafka, ours), [
    { path: '0/errorCode', kafka: 0, ours: 3 },
    { path: '0/topics/a/offset', kafka: 1, ours: ABSENT },
    { path: '0/topics/b', kafka: ABSENT, ours: { name: 'b' } },
    { path: '1/closed', kafka: true, ours: ABSENT },
    { path: '1/silent', kafka: ABSENT, ours: true },
  ]);
});

test('an allowance covers its script, its field and its answer, nothing else', () => {
  const allowance = { scripts: ['produce: a*'], path: '*/responses/*/errorCode', ours: 46, reason: '' };
  const difference = { path: '3/responses/0/errorCode', kafka: 45, ours: 46 };
  assert.ok(isAllowedBy(allowance, 'produce: abc', difference));
  assert.ok(!isAllowedBy(allowance, 'fetch: abc', difference));
  assert.ok(!isAllowedBy(allowance, 'produce: abc', { ...difference, ours: 2 }));
  assert.ok(!isAllowedBy(allowance, 'produce: abc', { ...difference, path: '3/topics/0/errorCode' }));
  assert.ok(!isAllowedBy(allowance, 'produce: abc', { ...difference, path: '3/responses/0/0/errorCode' }));
});

test('a recording knows what it was recorded from', () => {
  const one = (version: number) => script('x', (topic) => [produce(topic, null, version)]);
  assert.equal(one(9).digest, one(9).digest);
  assert.notEqual(one(9).digest, one(8).digest);
});
