/** gregor pipeline lint: what in a pipeline will hurt, before it runs. */
import { Command } from 'commander';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';

export interface PipelineLintOptions extends BootstrapOptions {
  readonly offline?: boolean;
  readonly strict?: boolean;
  readonly json?: boolean;
}

const HELP = `
Errors:    partition-key   a step goes by what its records are not keyed by
           event-time      an order by event time that nothing defines
           no-topic        an input topic that is not there (asks the broker)
Warnings:  no-key          a step goes by a field, and nothing says that records are keyed by it (asks the broker)
           dead-letter     nobody named the topic of dead letters
           loss            records are left out, and no reason is given
           name            state is found by a number
           retention       what is derived is kept longer than its source (asks the broker)
A comment on the step's line or the line before it takes a finding away:  # lint-ok: partition-key, an order has one customer
Ends with 1 when there are errors.`;

export function pipelineLintCommand(): Command {
  return withBootstrap(new Command('lint'))
    .description('find what will hurt in pipelines, without running them')
    .argument('<files...>', 'pipelines in YAML or TypeScript')
    .option('--offline', 'ask no broker')
    .option('--strict', 'warnings count as errors')
    .option('--json', 'one JSON object a line: file, line, column, level, rule, step, reason, fix')
    .addHelpText('after', HELP)
    .action(async (files: string[], options: PipelineLintOptions) => {
      const { lintFiles } = await import('../pipeline/lint.ts');
      process.exitCode = await lintFiles(files, options);
    });
}
