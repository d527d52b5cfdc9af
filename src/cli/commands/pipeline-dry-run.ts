/** gregor pipeline dry-run: a pipeline with real records, without writing anything. */
import { Command } from 'commander';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';

export interface DryRunOptions extends BootstrapOptions {
  readonly from: string;
  readonly limit?: string;
  readonly diff?: boolean;
}

const HELP = `
Begins without state, reads what the input topics hold from there to their end, and prints what would be written: one record a line.
Nothing is created, written or committed, and no group is joined. What is still held at the end is told.
Examples:
  gregor pipeline dry-run orders.yaml --from -1h              what came in the last hour
  gregor pipeline dry-run orders.yaml --from -100             the last hundred of each partition
  gregor pipeline dry-run orders.yaml --diff                  beside what the output topics have now: + only here, - only there, ~ differs`;

export function pipelineDryRunCommand(): Command {
  return withBootstrap(new Command('dry-run'))
    .description('try a pipeline with real records, without writing anything')
    .argument('<file>', 'a pipeline in YAML or TypeScript')
    .option(
      '--from <place>',
      'earliest, -1h (since then), 15, -10 (the last ten), 0:15,1:20, a time',
      'earliest',
    )
    .option('--limit <n>', 'at most so many records of each input partition')
    .option('--diff', 'compare with what the pipeline has written from the same records')
    .addHelpText('after', HELP)
    .action(async (file: string, options: DryRunOptions) => {
      const { dryRun } = await import('../pipeline/dry-run.ts');
      process.exitCode = await dryRun(file, options);
    });
}
