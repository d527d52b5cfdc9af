/** gregor pipeline …: its subcommands, one file each. */
import { Command } from 'commander';
import { pipelinePlanCommand } from './pipeline-plan.ts';
import { pipelineRunCommand } from './pipeline-run.ts';

export function pipelineCommand(): Command {
  return new Command('pipeline')
    .description('print and run pipelines: dedupe, re-order, transform, exactly once')
    .addCommand(pipelinePlanCommand())
    .addCommand(pipelineRunCommand());
}
