/** gregor group delete: forgets groups with all that they committed, after asking. */
import { Command } from 'commander';
import { confirm, printDone } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { requireGroup } from '../client/groups.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';
import { countText } from '../text.ts';

interface Options extends BootstrapOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export function groupDeleteCommand(): Command {
  return withBootstrap(new Command('delete'))
    .description('forget groups without members, with all that they committed')
    .argument('<group...>', 'ids')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'say what would be deleted, and change nothing')
    .action(async (groups: string[], options: Options) => {
      const { withAdmin } = await import('../client/session.ts');
      await withAdmin(options, 'group delete', async (admin) => {
        for (const group of groups) {
          const { state } = await requireGroup(admin, group);
          if (!['Empty', 'Dead'].includes(state))
            throw new CommandFailed(
              EXIT.conflict,
              `Group '${group}' has members (${state}); stop them first. Nothing was deleted.`,
            );
        }
        if (options.dryRun === true) {
          for (const group of groups) printDone(`Would delete ${group}`, { group, dryRun: true });
          return;
        }
        await requireConsent(groups, options.yes);
        await admin.deleteGroups({ groups });
        for (const group of groups) printDone(`Deleted ${group}`, { group, deleted: true });
      });
    });
}

async function requireConsent(groups: readonly string[], isSure: boolean | undefined): Promise<void> {
  const what = groups.length === 1 ? `group '${groups[0]}'` : countText(groups.length, 'group');
  if (await confirm(`Delete ${what} and where it stands?`, isSure)) return;
  if (process.stdin.isTTY === true && process.stderr.isTTY === true)
    throw new CommandFailed(EXIT.failed, 'Nothing was deleted.');
  throw usageError(`Deleting ${what} needs --yes where nobody can be asked. Nothing was deleted.`);
}
