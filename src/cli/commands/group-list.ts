/** gregor group list: all groups, with what they are doing. */
import { Command } from 'commander';
import { printRows } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { listGroups } from '../client/groups.ts';

interface Options extends BootstrapOptions {
  readonly state?: string;
}

export function groupListCommand(): Command {
  return withBootstrap(new Command('list'))
    .description('list groups')
    .option('--state <state>', 'only those in this state, such as Stable or Empty')
    .action(async (options: Options) => {
      const { withAdmin } = await import('../client/session.ts');
      const rows = await withAdmin(options, 'group list', listGroups);
      const state = options.state?.toLowerCase();
      printRows(
        rows.filter((row) => state === undefined || row.state.toLowerCase() === state),
        [
          { title: 'group', cell: (row) => row.group },
          { title: 'kind', cell: (row) => row.kind },
          { title: 'state', cell: (row) => row.state },
          { title: 'protocol', cell: (row) => row.protocol },
        ],
        'No groups. The first member makes one: gregor consume hello -g readers',
      );
    });
}
