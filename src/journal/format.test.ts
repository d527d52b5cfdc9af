/** docs/formats/journal.md is held against what is written: its example are the bytes of a real journal. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { silent } from '../base/index.ts';
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import { encodeBatch } from '../protocol/index.ts';
import { Journal } from './index.ts';

const DOCUMENT = path.join(import.meta.dirname, '../../docs/formats/journal.md');
const OPTIONS = {
  ...{ directory: 'journal', limitBytes: 1 << 20, fileBytes: 1 << 20, stepBytes: 1 << 16 },
  ...{ frameTargetBytes: 1 << 16, reserveBytes: 0, sealAfterMs: 1 },
};
const TIME = 1_700_000_000_000;

/** The hexadecimal columns of the indented blocks behind `## Example`. */
function exampleBlocks(document: string): string[] {
  const example = document.slice(document.indexOf('\n## Example\n'));
  return [...example.matchAll(/(?:^ {4}\S.*\n)+/gm)].map(([block]) =>
    block
      .split('\n')
      .map((line) => /^ {4}([0-9a-f]+(?: [0-9a-f]+)*)(?: {2}|$)/.exec(line)?.[1] ?? '')
      .join('')
      .replaceAll(' ', ''),
  );
}

test('the example in docs/formats/journal.md is what a journal writes', async () => {
  const disk = new MemoryDisk();
  const { journal } = await Journal.open(
    memoryEnvironment(undefined, disk),
    silent,
    OPTIONS,
    undefined,
    () => {},
  );
  const records = [{ key: Buffer.from('k'), value: Buffer.from('v'), headers: [], timestamp: TIME }];
  const noProducer = { producerId: -1, producerEpoch: -1, baseSequence: -1 };
  const { frame } = journal.append(
    {
      ...{
        kind: 'batch',
        topicId: '0123456789abcdef0123456789abcdef',
        partition: 3,
        leaderEpoch: 0,
        attributes: 0,
      },
      ...{
        baseOffset: 0,
        lastOffset: 0,
        maxTimestamp: TIME,
        markerType: -1,
        coordinatorEpoch: -1,
        ...noProducer,
      },
    },
    encodeBatch({ records }),
  );
  await frame.durable;
  while (journal.durableSequence < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  const file = await disk.open('journal/00000000');
  const [first, seal] = exampleBlocks(readFileSync(DOCUMENT, 'utf8'));
  assert.equal(first, (await file.read(0, 212)).toString('hex'));
  assert.equal(seal, (await file.read(4096, 64)).toString('hex'));
  await journal.close();
});
