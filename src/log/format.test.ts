/** docs/formats/segment.md and manifest.md are held against what is written: their examples are the bytes of real files. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { MemoryDisk } from '../env/memory/index.ts';
import { batchOf, LogWorld, NOW, readFile } from './log-fixture.ts';
import { decodeManifest, encodeManifest } from './manifest.ts';
import { encodeProducerSnapshot } from './producer-snapshot.ts';
import { encodeAborted } from './transaction-index.ts';

const text = (name: string) =>
  readFileSync(path.join(import.meta.dirname, '../../docs/formats', name), 'utf8');

/** The hexadecimal digits of the lines of `document` that begin with `label`, or of those behind the line `after`. */
function hexOf(document: string, label: string): string {
  const lines = document.split('\n').filter((line) => line.startsWith(`    ${label}`));
  return lines
    .map(
      (line) =>
        line
          .slice(4 + label.length)
          .trim()
          .split(/ {2,}/)[0]!,
    )
    .join('')
    .replaceAll(' ', '');
}

test('the example in docs/formats/segment.md is what a log writes', async () => {
  const disk = new MemoryDisk();
  const world = new LogWorld(disk, undefined, { indexIntervalBytes: 64 });
  await world.log.write([batchOf(1000, [NOW], 1), batchOf(1001, [NOW + 5, NOW + 3], 1)], NOW);
  await world.log.write([batchOf(2000, [NOW + 6], 1)], NOW); // a gap: the first segment is sealed
  const document = text('segment.md');
  for (const suffix of ['.log', '.index', '.timeindex'])
    assert.equal(
      hexOf(document, `${suffix} `),
      (await readFile(disk, world.path(`00000000000000001000${suffix}`))).toString('hex'),
      suffix,
    );
});

test('the snapshot and the aborted transaction in docs/formats/segment.md are what is written', () => {
  const document = text('segment.md').replaceAll(' ', '').replaceAll('\n', '');
  const batch = { baseSequence: 0, lastSequence: 1, baseOffset: 0, lastOffset: 1, timestamp: NOW };
  const snapshot = encodeProducerSnapshot([
    {
      ...{
        producerId: 7,
        producerEpoch: 0,
        batches: [batch],
        lastSequence: 1,
        sequencesSeen: 2,
        usedAt: NOW,
      },
      ...{ coordinatorEpoch: -1, transactionFirstOffset: -1 },
    },
  ]);
  assert.ok(document.includes(snapshot.toString('hex')));
  const aborted = encodeAborted([{ producerId: 7, firstOffset: 1, lastOffset: 5, lastStableOffset: 6 }]);
  assert.ok(document.includes(aborted.toString('hex')));
});

test('the example in docs/formats/manifest.md is a whole copy, as it is written', () => {
  const document = text('manifest.md');
  const lines = document
    .slice(document.indexOf('\n## Example\n'))
    .split('\n')
    .filter((line) => line.startsWith('    '));
  const bytes = Buffer.from(`${lines.map((line) => line.slice(4)).join('\n')}\n`);
  const copy = decodeManifest(bytes);
  assert.ok(typeof copy !== 'string', String(copy));
  assert.deepEqual(encodeManifest(copy.generation, copy.content), bytes);
});
