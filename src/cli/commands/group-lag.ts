/** gregor group lag: how far behind groups are, in records and in time. */
import { Command } from 'commander';
import { type Column, printRows } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { behindText, type LagRow, lagOf } from '../client/group-lag.ts';
import { NO_GROUP } from '../client/groups.ts';

export const LAG_COLUMNS: readonly Column<LagRow>[] = [
  { title: 'group', cell: (row) => row.group },
  { title: 'topic', cell: (row) => row.topic },
  { title: 'partition', cell: (row) => row.partition },
  { title: 'offset', cell: (row) => row.offset ?? '-' },
  { title: 'end', cell: (row) => row.end },
  { title: 'lag', cell: (row) => row.lag ?? '-' },
  { title: 'time', cell: (row) => (row.lag === null ? '-' : behindText(row.behindMs)) },
  { title: 'member', cell: (row) => row.member ?? '-' },
];

export function groupLagCommand(): Command {
  return withBootstrap(new Command('lag'))
    .description('show how far behind groups are, in records and in time')
    .argument('<group...>', 'ids')
    .action(async (groups: string[], options: BootstrapOptions) => {
      const { withAdmin, withConsumer } = await import('../client/session.ts');
      const rows = await withAdmin(options, 'group lag', (admin) =>
        withConsumer(options, 'group lag', { groupId: NO_GROUP }, async (consumer) => {
          const all: LagRow[] = [];
          for (const group of groups) all.push(...(await lagOf(admin, consumer, group)));
          return all;
        }),
      );
      printRows(rows, LAG_COLUMNS, 'Nothing is committed, and nobody reads anything.');
    });
}
