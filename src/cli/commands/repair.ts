/** gregor repair --quarantine: what is damaged is set aside, so that the folder opens. Only on command, never by itself. */
import { Command } from 'commander';
import { confirm, printDone } from '../client/answers.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';

interface Options {
  readonly data?: string;
  readonly quarantine?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

const EPILOGUE = `
Look first: gregor verify. A backup, where there is one, is better: gregor restore.
Everything that stops counting is copied to quarantine/<time>/ in the folder before anything changes.
Exit codes: 0 repaired, or nothing to repair; 1 it cannot be; 3 no data folder; 4 a broker has it.
Examples:
  gregor repair --quarantine --dry-run --data ./gregor-data
  gregor repair --quarantine --yes --data ./gregor-data`;

export function repairCommand(): Command {
  return new Command('repair')
    .description('set damaged parts of a data folder aside, so that it opens')
    .option('--data <dir>', 'data folder (default: ./gregor-data)')
    .option('--quarantine', 'the only way: nothing is made up, nothing is destroyed')
    .option('--dry-run', 'say what would be done')
    .option('--yes', 'do it without a question')
    .addHelpText('after', EPILOGUE)
    .action(repair);
}

async function repair(options: Options): Promise<void> {
  if (options.quarantine !== true)
    throw usageError(
      'Say how: gregor repair --quarantine. It sets aside what is damaged; --dry-run shows what that is',
    );
  const { carryOut, NotRepairable, planRepair, verify } = await import('../../inspect/index.ts');
  const { nodeClock } = await import('../../env/node/index.ts');
  const { noDataFolder, openFolder } = await import('../folder/open-folder.ts');
  const folder = await openFolder(options.data, 'repair', { readOnly: options.dryRun === true });
  try {
    const verified = await verify(folder.disk, { onFinding: () => {} });
    if (!verified.summary.isDataFolder) throw noDataFolder(folder.name);
    const now = nodeClock.now();
    const plan = await planRepair(folder.disk, verified, now);
    if (plan === undefined) {
      printDone(`${folder.name}: nothing to repair. What verify still reports, the broker mends by itself`, {
        steps: [],
      });
      return;
    }
    if (options.dryRun === true) {
      printDone(`Would be done in ${folder.name}:\n${list(plan.steps)}`, { dryRun: true, steps: plan.steps });
      return;
    }
    process.stderr.write(`To be done in ${folder.name}:\n${list(plan.steps)}\n`);
    if (!(await confirm('Set this aside?', options.yes)))
      throw usageError('Nothing was changed. To do it: gregor repair --quarantine --yes');
    const quarantine = await carryOut(folder.disk, plan, verified.findings, verified.names, now);
    printDone(
      `Done. What was set aside lies in ${folder.name}/${quarantine}. Look again: gregor verify --data ${folder.name}`,
      {
        steps: plan.steps,
        quarantine,
      },
    );
  } catch (error) {
    if (!(error instanceof NotRepairable)) throw error;
    throw new CommandFailed(EXIT.failed, `${folder.name} cannot be repaired: ${error.message}`);
  } finally {
    await folder.release();
  }
}

function list(steps: readonly string[]): string {
  return steps.map((step) => `  · ${step}`).join('\n');
}
