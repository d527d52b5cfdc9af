import assert from 'node:assert/strict';
import { getHeapSpaceStatistics } from 'node:v8';
import test from 'node:test';
import { withoutGrowth } from './young-generation.ts';

const MEBIBYTE = 1024 * 1024;
const youngBytes = () =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')!.physical_space_size;

/** Objects that are kept, as modules are. */
function keep(kept: unknown[]): void {
  for (let n = 0; n < 60_000; n++) kept.push({ n, text: [n] });
}

test('what is kept while modules are loaded does not make the young generation grow; what comes later does', async () => {
  const kept: unknown[] = [];
  const before = youngBytes();
  await withoutGrowth(async () => keep(kept));
  const after = youngBytes();
  const failing = withoutGrowth(() => Promise.reject(new Error('no such file')));
  await assert.rejects(failing, /no such file/);
  keep(kept);
  const later = youngBytes();
  assert.ok(after <= before + MEBIBYTE, `${before} → ${after} bytes`);
  assert.ok(later > after + MEBIBYTE, `${after} → ${later} bytes`);
  assert.equal(kept.length, 120_000);
});
