/** gregor pipeline test: the tests that stand in a pipeline's file, without a broker. */
import { Command } from 'commander';

const HELP = `
In YAML, tests stand in the file:
  tests:
    - name: swaps are undone
      in:  [{ key: a, value: { version: 2 } }, { key: a, value: { version: 1 } }]     also { advance: 30s }, { crash: true }
      out: [{ value: { version: 1 } }, { value: { version: 2 } }]                     all that comes out, in order
In TypeScript: export const tests = [{ name, in, out }]; or a test of your own with pipeline.test(), by node --test.
Ends with 1 when one fails.`;

export function pipelineTestCommand(): Command {
  return new Command('test')
    .description("run the tests in a pipeline's file, without a broker")
    .argument('<files...>', 'pipelines in YAML or TypeScript')
    .addHelpText('after', HELP)
    .action(async (files: string[]) => {
      const { testFiles } = await import('../pipeline/test-files.ts');
      process.exitCode = await testFiles(files);
    });
}
