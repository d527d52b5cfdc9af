/** gregor pipeline schema: what editors need to complete and check pipelines in YAML. */
import { Command } from 'commander';

const HELP = `
  gregor pipeline schema > pipeline.schema.json
Then, as the first line of a pipeline (for editors with the YAML language server, such as VS Code with its YAML extension):
  # yaml-language-server: $schema=./pipeline.schema.json`;

export function pipelineSchemaCommand(): Command {
  return new Command('schema')
    .description('print the JSON Schema of pipelines in YAML, for editors')
    .addHelpText('after', HELP)
    .action(async () => {
      const { pipelineSchema } = await import('../../pipeline-text/index.ts');
      process.stdout.write(`${JSON.stringify(pipelineSchema(), null, 2)}\n`);
    });
}
