/** gregor group ...: its subcommands, one file each. */
import { Command } from 'commander';
import { groupDeleteCommand } from './group-delete.ts';
import { groupDescribeCommand } from './group-describe.ts';
import { groupLagCommand } from './group-lag.ts';
import { groupListCommand } from './group-list.ts';
import { groupSeekCommand } from './group-seek.ts';
import { groupWatchCommand } from './group-watch.ts';

export function groupCommand(): Command {
  return new Command('group')
    .description('list, describe, watch, move and delete consumer groups')
    .addCommand(groupListCommand())
    .addCommand(groupDescribeCommand())
    .addCommand(groupLagCommand())
    .addCommand(groupWatchCommand())
    .addCommand(groupSeekCommand())
    .addCommand(groupDeleteCommand());
}
