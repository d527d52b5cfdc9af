/** gregor pipeline run: runs a pipeline until Ctrl-C; start more of them and they share the work. */
import { Command } from 'commander';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';

export interface PipelineRunOptions extends BootstrapOptions {
  readonly sessionTimeout: string;
  readonly watch?: boolean;
}

export function pipelineRunCommand(): Command {
  return withBootstrap(new Command('run'))
    .description('run a pipeline until Ctrl-C; start it several times and the work is shared')
    .argument('<file>', 'a pipeline: YAML, or TypeScript or JavaScript whose default export it is')
    .option('--session-timeout <seconds>', 'silent for so long, its work is given to others', '10')
    .option(
      '--watch',
      'run it anew when its file changes, unless lint finds an error; state is kept by the names of steps',
    )
    .action(async (file: string, options: PipelineRunOptions) => {
      if (options.watch === true) {
        const { watch } = await import('../pipeline/watch.ts');
        process.exitCode = await watch(file, options);
        return;
      }
      const { run } = await import('../pipeline/run.ts');
      process.exitCode = await run(file, options);
    });
}
