/** gregor group describe: who the members are and what each reads. */
import { Command } from 'commander';
import { printRows } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { describeGroup, type GroupView } from '../client/groups.ts';
import { countText } from '../text.ts';

export function groupDescribeCommand(): Command {
  return withBootstrap(new Command('describe'))
    .description('show members of groups and what each of them reads')
    .argument('<group...>', 'ids')
    .action(async (groups: string[], options: BootstrapOptions) => {
      const { withAdmin } = await import('../client/session.ts');
      await withAdmin(options, 'group describe', async (admin) => {
        for (const group of groups) print(await describeGroup(admin, group));
      });
    });
}

function print(view: GroupView): void {
  if (process.stdout.isTTY !== true) {
    process.stdout.write(`${JSON.stringify(view)}\n`);
    return;
  }
  const { group, kind, state, assignor = '', epoch, members } = view;
  const facts = [
    kind,
    state,
    epoch === undefined ? '' : `epoch ${epoch}`,
    assignor === '' ? '' : `assigned by ${assignor}`,
    countText(members.length, 'member'),
  ];
  process.stdout.write(`${group}   ${facts.filter((fact) => fact !== '').join('   ')}\n`);
  if (members.length === 0) return;
  printRows(
    members,
    [
      { title: 'member', cell: (row) => row.member },
      { title: 'instance', cell: (row) => row.instance ?? '' },
      { title: 'client', cell: (row) => row.client },
      { title: 'host', cell: (row) => row.host },
      {
        title: 'reads',
        cell: (row) =>
          row.partitions.map(({ topic, partitions }) => `${topic}:${partitions.join(',')}`).join(' '),
      },
    ],
    'No members.',
  );
}
