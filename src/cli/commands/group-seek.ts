/** gregor group seek: moves a group to another place, after showing what that means. */
import { Command } from 'commander';
import { confirm, printRows } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { applySeek, planSeek, type SeekOptions, type SeekRow } from '../client/group-seek.ts';
import { listGroups, NO_GROUP } from '../client/groups.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';
import { countText } from '../text.ts';

interface Options extends BootstrapOptions, SeekOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

const EXAMPLES = `
The group must have no members: a running one would go on where it is. What would change is shown first.
Examples:
  gregor group seek billing --to start                    read everything again
  gregor group seek billing --to end --topic orders:0,1   skip what is unread in two partitions
  gregor group seek billing --to 2026-01-31T12:00Z        the first record at or after a time
  gregor group seek billing --by-duration 2h              what was written two hours ago
  gregor group seek billing --shift-by -10                the last ten again
  gregor group lag billing > places; gregor group seek billing --from-file places`;

export function groupSeekCommand(): Command {
  return withBootstrap(new Command('seek'))
    .alias('reset')
    .description('move a group to another place in its topics')
    .argument('<group>', 'id')
    .option('--to <where>', 'start, end, 15, -10, 0:15,1:20 or a time')
    .option('--shift-by <n>', 'so many records on, or back when negative')
    .option('--by-duration <time>', 'to what was written so long ago: 90s, 15m, 2h, PT1H30M')
    .option('--from-file <file>', 'lines of topic,partition,offset or of JSON; - reads standard input')
    .option(
      '-t, --topic <topic[:partition,…]…>',
      'only these; default: all that the group has committed',
      collect,
    )
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'show what would change, and change nothing')
    .addHelpText('after', EXAMPLES)
    .action(async (group: string, options: Options) => {
      const { withAdmin, withConsumer } = await import('../client/session.ts');
      await withAdmin(options, 'group seek', (admin) =>
        withConsumer(options, 'group seek', { groupId: NO_GROUP }, async (consumer) => {
          const known = (await listGroups(admin)).find((row) => row.group === group);
          if (known !== undefined && !['Empty', 'Dead'].includes(known.state))
            throw new CommandFailed(
              EXIT.conflict,
              `Group '${group}' has members (${known.state}); stop them first. See: gregor group describe ${group}`,
            );
          const rows = await planSeek(admin, consumer, group, options);
          if (options.dryRun === true) return print(rows.map((row) => ({ ...row, dryRun: true })));
          if (options.yes !== true) await requireConsent(group, rows);
          await applySeek(admin, group, rows);
          print(rows.map((row) => ({ ...row, moved: true })));
        }),
      );
    });
}

async function requireConsent(group: string, rows: readonly SeekRow[]): Promise<void> {
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true)
    throw usageError(`Moving group '${group}' needs --yes where nobody can be asked. Nothing was changed.`);
  print(rows);
  if (await confirm(`Move group '${group}' in ${countText(rows.length, 'partition')}?`, false)) return;
  throw new CommandFailed(EXIT.failed, 'Nothing was changed.');
}

function print(rows: readonly SeekRow[]): void {
  printRows(
    rows,
    [
      { title: 'topic', cell: (row) => row.topic },
      { title: 'partition', cell: (row) => row.partition },
      { title: 'from', cell: (row) => row.from ?? '-' },
      { title: 'to', cell: (row) => row.to },
      { title: 'change', cell: (row) => changeText(row.change) },
    ],
    'Nothing to move.',
  );
}

function changeText(change: number | null): string {
  if (change === null) return 'new';
  if (change === 0) return 'none';
  return change < 0 ? `${countText(-change, 'record')} again` : `skips ${countText(change, 'record')}`;
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
