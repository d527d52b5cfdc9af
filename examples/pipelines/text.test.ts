import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { pipelineOfText } from 'gregor/pipeline-text';
import { runCase } from 'gregor/streams';

const folder = import.meta.dirname;

for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml')))
  test(`the tests in ${file} hold`, () => {
    const { pipeline, tests } = pipelineOfText(readFileSync(path.join(folder, file), 'utf8'), file);
    assert.ok(tests.length > 0);
    for (const one of tests) assert.deepEqual(runCase(pipeline, one), [], one.name);
  });

/** The only file that the guide's pipelines read. */
function fileOf(name: string): string {
  assert.equal(name, 'crm-token.txt');
  return 'Bearer a-token';
}

test('what the guide shows in YAML can be run, and its tests hold', () => {
  const guide = readFileSync(path.join(folder, '../../docs/guides/pipelines.md'), 'utf8');
  const blocks = [...guide.matchAll(/^( *)```yaml\n([\s\S]*?)^ *```/gm)].map(([, indent, text]) =>
    text!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
  for (const block of blocks) {
    const text = block.startsWith('steps:') ? `pipeline: p\nfrom: in\nto: out\n${block}` : block;
    const { pipeline, tests } = pipelineOfText(text, 'pipelines.md', fileOf);
    assert.ok(pipeline.plan().length > 0);
    for (const one of tests) assert.deepEqual(runCase(pipeline, one), [], one.name);
  }
  assert.ok(blocks.length >= 3);
});
