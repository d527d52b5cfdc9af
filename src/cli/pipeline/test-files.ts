/** test: runs the cases of pipelines and prints them as a test runner does. */
import { type Case, type Pipeline, runCase } from '../../streams/index.ts';
import { EXIT, type ExitCode, usageError } from '../exit-codes.ts';
import { countText } from '../text.ts';
import { loadFile } from './load.ts';

export async function testFiles(files: readonly string[]): Promise<ExitCode> {
  let [passed, failed] = [0, 0];
  for (const file of files) {
    const { pipeline, tests, face } = await loadFile(file);
    if (tests.length === 0) throw usageError(`${file}: it has no tests. ${howTo(face, file)}`);
    process.stdout.write(`${file}\n`);
    for (const one of tests) {
      const errors = attempted(pipeline, one);
      process.stdout.write(`  ${errors.length === 0 ? '✔' : '✖'} ${one.name}${placeOf(one, errors)}\n`);
      for (const error of errors) process.stdout.write(`      ${error}\n`);
      if (errors.length === 0) passed++;
      else failed++;
    }
  }
  process.stdout.write(`\n${countText(passed + failed, 'test')}: ${passed} passed, ${failed} failed\n`);
  return failed === 0 ? EXIT.ok : EXIT.failed;
}

function placeOf({ site }: Case, errors: readonly string[]): string {
  return site === undefined || errors.length === 0 ? '' : `  (${site.file}:${site.line})`;
}

/** A pipeline may stop itself, and a test may be no test. */
function attempted(pipeline: Pipeline, one: Case): string[] {
  try {
    return runCase(pipeline, one);
  } catch (error) {
    return [`the pipeline stopped: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function howTo(face: 'yaml' | 'typescript', file: string): string {
  if (face === 'yaml') return 'Add tests: [{ name, in, out }]; see gregor pipeline test --help';
  return `Add export const tests = [{ name, in, out }]; or write ${file.replace(/\.(\w+)$/, '.test.$1')} with pipeline.test() and run node --test`;
}
