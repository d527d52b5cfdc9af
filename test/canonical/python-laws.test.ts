import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';

const LAWS = path.join(import.meta.dirname, '../../python/tests/laws.py');

test('Python finds the same wrong inverses', (context) => {
  if (spawnSync('python3', ['--version']).error !== undefined) {
    assert.equal(process.env['CI'], undefined, 'CI needs python3');
    context.skip('python3 is not installed');
    return;
  }
  const { status, stdout, stderr } = spawnSync('python3', [LAWS, '--without-hypothesis'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
  assert.equal(stdout.match(/^✔ found/gm)?.length, 5);
});
