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
