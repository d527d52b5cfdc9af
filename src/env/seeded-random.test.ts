import assert from 'node:assert/strict';
import test from 'node:test';
import { SeededRandom } from './seeded-random.ts';

const draw = (random: SeededRandom, count = 50) => Array.from({ length: count }, () => random.next());

test('one seed gives one sequence, another seed another', () => {
  assert.deepEqual(draw(new SeededRandom('1')), draw(new SeededRandom('1')));
  assert.notDeepEqual(draw(new SeededRandom('1')), draw(new SeededRandom('2')));
});

test('numbers are spread evenly over [0, 1)', () => {
  const random = new SeededRandom('spread');
  const counts = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 100_000; i++) counts[random.below(10)]!++;
  for (const count of counts) assert.ok(count > 9_500 && count < 10_500, `${counts}`);
});

test('a fork depends on its name, not on how much was drawn before or after', () => {
  const quiet = new SeededRandom('1');
  const busy = new SeededRandom('1');
  draw(busy);
  assert.deepEqual(draw(quiet.fork('disk')), draw(busy.fork('disk')));
  assert.notDeepEqual(draw(quiet.fork('disk')), draw(quiet.fork('network')));
});

test('two forks of one name differ', () => {
  const random = new SeededRandom('1');
  assert.notDeepEqual(draw(random.fork('a')), draw(random.fork('a')));
});

test('uuids are version 4 and do not look like options', () => {
  const random = new SeededRandom('uuid');
  const all = new Set<string>();
  for (let i = 0; i < 2000; i++) {
    const uuid = random.uuid();
    assert.match(uuid, /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    assert.ok(!Buffer.from(uuid, 'hex').toString('base64url').startsWith('-'));
    all.add(uuid);
  }
  assert.equal(all.size, 2000);
});
