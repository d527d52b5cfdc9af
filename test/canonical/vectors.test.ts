import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { vectors } from './vectors.ts';

/**
 * Records that lie on somebody's log were made like this. A change of these bytes is a change of the format: it needs a decision
 * (docs/decisions), and then the digest that the failure shows.
 */
const DIGEST = 'e87576d86132d3d15acba7e2d0333dc6d7659379e85eb789900da8182f1c8e7c';
const LEAST = 2_000;
const CHECKER = path.join(import.meta.dirname, '../../python/tests/vectors.py');

const lines = [...vectors()];
const text = `${lines.join('\n')}\n`;

test('the same records give the same bytes as ever', () => {
  assert.ok(lines.length >= LEAST, `${lines.length} vectors`);
  const turned = lines.filter((line) => line.startsWith('{"raw"') && line.includes('"value"')).length;
  assert.ok(turned > 800, `${turned} of them are records that become canonical`);
  assert.equal(createHash('sha256').update(text).digest('hex'), DIGEST);
});

test('Python gives the same bytes, and refuses the same with the same words', (context) => {
  if (spawnSync('python3', ['--version']).error !== undefined) {
    assert.equal(process.env['CI'], undefined, 'CI needs python3');
    context.skip('python3 is not installed');
    return;
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-vectors-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'vectors.jsonl');
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync('python3', [CHECKER, file], { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
  assert.match(stdout, /^\d{4} vectors, 0 differ$/m);
});
