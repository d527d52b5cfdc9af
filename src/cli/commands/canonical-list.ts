/** gregor canonical list and show: the definitions that are on the log. */
import { Command } from 'commander';
import { publishedDefinitions, requirePublished } from '../canonical/registry.ts';
import { printRows } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { NO_GROUP } from '../client/groups.ts';
import { printJson, STYLES } from '../../canonical/index.ts';

export function canonicalListCommand(): Command {
  return withBootstrap(new Command('list'))
    .description('list the published definitions')
    .action(async (options: BootstrapOptions) => {
      const { withConsumer } = await import('../client/session.ts');
      await withConsumer(options, 'canonical list', { groupId: NO_GROUP }, async (consumer) => {
        const rows = [...(await publishedDefinitions(consumer)).values()].flatMap(({ roundTrip, dialects }) =>
          [...dialects.values()].map(({ form, class: promise, steps }) => ({
            form,
            class: promise,
            roundTrip,
            steps: steps.length,
          })),
        );
        const columns = [
          { title: 'form', cell: (row: (typeof rows)[number]) => row.form },
          { title: 'class', cell: (row: (typeof rows)[number]) => row.class },
          { title: 'comes back', cell: (row: (typeof rows)[number]) => row.roundTrip },
          { title: 'steps', cell: (row: (typeof rows)[number]) => row.steps },
        ];
        printRows(rows, columns, 'None is published. See: gregor canonical publish --help');
      });
    });
}

export function canonicalShowCommand(): Command {
  return withBootstrap(new Command('show'))
    .description('print a published definition as JSON')
    .argument('<id>', 'such as order@1')
    .action(async (id: string, options: BootstrapOptions) => {
      const { withConsumer } = await import('../client/session.ts');
      await withConsumer(options, 'canonical show', { groupId: NO_GROUP }, async (consumer) => {
        const { document } = await requirePublished(consumer, id);
        process.stdout.write(`${printJson(document, STYLES.spaced)}\n`);
      });
    });
}
