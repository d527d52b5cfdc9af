/** gregor topic ...: its subcommands, one file each. */
import { Command } from 'commander';
import { topicCreateCommand } from './topic-create.ts';
import { topicDeleteCommand } from './topic-delete.ts';
import { topicDescribeCommand } from './topic-describe.ts';
import { topicKeepCommand } from './topic-keep.ts';
import { topicListCommand } from './topic-list.ts';
import { topicSetCommand } from './topic-set.ts';

export function topicCommand(): Command {
  return new Command('topic')
    .description('create, list, describe, set, keep and delete topics')
    .addCommand(topicCreateCommand())
    .addCommand(topicListCommand())
    .addCommand(topicDescribeCommand())
    .addCommand(topicSetCommand())
    .addCommand(topicKeepCommand())
    .addCommand(topicDeleteCommand());
}
