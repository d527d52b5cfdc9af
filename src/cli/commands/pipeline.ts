/** gregor pipeline …: its subcommands, one file each. */
import { Command } from 'commander';
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
    .addCommand(pipelineRunCommand())
    .addCommand(pipelineSchemaCommand());
}
