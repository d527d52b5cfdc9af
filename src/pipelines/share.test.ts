import assert from 'node:assert/strict';
import test from 'node:test';
import { areDifferent, shareOut } from './share.ts';

test('equal numbers go to one member; a topic goes to those alone who read it', () => {
  const counts: Record<string, number> = { raw: 4, hop: 4, other: 2 };
  const share = (members: Record<string, string[]>) => {
    const reading = new Map(Object.entries(members));
    const shares = shareOut(reading, (topic) => counts[topic]!);
    return {
      isMixed: areDifferent(reading),
      shares: Object.fromEntries([...shares].map(([id, topics]) => [id, Object.fromEntries(topics)])),
    };
  };
  assert.deepEqual(share({ b: ['raw', 'hop'], a: ['hop', 'raw', 'raw'] }), {
    isMixed: false,
    shares: { a: { raw: [0, 2], hop: [0, 2] }, b: { raw: [1, 3], hop: [1, 3] } },
  });
  assert.deepEqual(share({ b: ['raw', 'hop'], a: ['raw', 'other'] }), {
    isMixed: true,
    shares: { a: { raw: [0, 2], other: [0, 1] }, b: { raw: [1, 3], hop: [0, 1, 2, 3] } },
  });
});
