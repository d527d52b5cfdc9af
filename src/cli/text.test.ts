import assert from 'node:assert/strict';
import test from 'node:test';
import { bytesText, countText, shellText, tableText } from './text.ts';

test('sizes are said as people say them', () => {
  const said = [0, 999, 1000, 6000, 12_345, 999_600, 2_100_000_000, 5e15].map(bytesText);
  assert.deepEqual(said, ['0 B', '999 B', '1.0 kB', '6.0 kB', '12 kB', '1.0 MB', '2.1 GB', '5.0 PB']);
});

test('one topic is a topic, and thousands can be read', () => {
  assert.deepEqual(
    [0, 1, 2, 12_345].map((n) => countText(n, 'topic')),
    ['0 topics', '1 topic', '2 topics', '12,345 topics'],
  );
});

test('a table is as wide as its widest cells, numbers to the right', () => {
  assert.equal(
    tableText(
      ['topic', 'end'],
      [
        ['a', 5],
        ['longer', 1234],
      ],
    ),
    'TOPIC    END\na          5\nlonger  1234\n',
  );
});

test('an argument can be pasted back into a shell', () => {
  assert.equal(shellText('orders.v1'), 'orders.v1');
  assert.equal(shellText("it's"), `'it'\\''s'`);
  assert.equal(shellText(''), "''");
});
