/** gregor pipeline ...: its subcommands, one file each. */
import { Command } from 'commander';
import { pipelineDryRunCommand } from './pipeline-dry-run.ts';
import { pipelineLintCommand } from './pipeline-lint.ts';
import { pipelinePlanCommand } from './pipeline-plan.ts';
import { pipelineRunCommand } from './pipeline-run.ts';
import { pipelineSchemaCommand } from './pipeline-schema.ts';
import { pipelineTestCommand } from './pipeline-test.ts';

export function pipelineCommand(): Command {
  return new Command('pipeline')
    .description('check, test and run pipelines: dedupe, re-order, transform, exactly once')
    .addCommand(pipelinePlanCommand())
    .addCommand(pipelineLintCommand())
    .addCommand(pipelineTestCommand())
    .addCommand(pipelineDryRunCommand())
    .addCommand(pipelineRunCommand())
    .addCommand(pipelineSchemaCommand());
}
