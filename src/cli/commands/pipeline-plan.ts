/** gregor pipeline plan: what a pipeline does, keeps and makes, before it runs. Needs no broker. */
import { Command } from 'commander';

export function pipelinePlanCommand(): Command {
  return new Command('plan')
    .description('print stages, topics, state and promise of a pipeline, without running it')
    .argument('<file>', 'a pipeline: YAML, or TypeScript or JavaScript whose default export it is')
    .action(async (file: string) => {
      const { loadPipeline } = await import('../pipeline/load.ts');
      process.stdout.write((await loadPipeline(file)).plan());
    });
}
