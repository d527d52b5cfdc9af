/** gregor topic delete: removes topics with all their records, after asking. */
import { Command } from 'commander';
import { confirm, printDone } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { requireTopic } from '../client/topics.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';
import { countText } from '../text.ts';

interface Options extends BootstrapOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export function topicDeleteCommand(): Command {
  return withBootstrap(new Command('delete'))
    .description('delete topics with all their records')
    .argument('<topic...>', 'names')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'say what would be deleted, and change nothing')
    .action(async (names: string[], options: Options) => {
      const { withAdmin } = await import('../client/session.ts');
      await withAdmin(options, 'topic delete', async (admin) => {
        for (const name of names) await requireTopic(admin, name);
        if (options.dryRun === true) {
          for (const topic of names) printDone(`Would delete ${topic}`, { topic, dryRun: true });
          return;
        }
        await requireConsent(names, options.yes);
        await admin.deleteTopics({ topics: names });
        for (const topic of names) printDone(`Deleted ${topic}`, { topic, deleted: true });
      });
    });
}

async function requireConsent(names: readonly string[], isSure: boolean | undefined): Promise<void> {
  const what = names.length === 1 ? `'${names[0]}'` : countText(names.length, 'topic');
  if (await confirm(`Delete ${what} and all records?`, isSure)) return;
  if (process.stdin.isTTY === true && process.stderr.isTTY === true)
    throw new CommandFailed(EXIT.failed, 'Nothing was deleted.');
  throw usageError(`Deleting ${what} needs --yes where nobody can be asked. Nothing was deleted.`);
}
