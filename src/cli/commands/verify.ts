/** gregor verify: a data folder is checked, byte by byte, while no broker has it. Nothing is changed. */
import { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';

interface Options {
  readonly data?: string;
}

const EPILOGUE = `
Exit codes: 0 no damage, 1 damage, 3 no data folder, 4 a broker has it.
Examples:
  gregor verify --data ./gregor-data
  gregor verify --data /backup/gregor | jq 'select(.kind == "damage")'`;

export function verifyCommand(): Command {
  return new Command('verify')
    .description('check a data folder: every damaged byte range, and what it means')
    .option('--data <dir>', 'data folder, or a backup (default: ./gregor-data)')
    .addHelpText('after', EPILOGUE)
    .action(async ({ data }: Options) => {
      const { verify } = await import('../../inspect/index.ts');
      const { noDataFolder, openFolder } = await import('../folder/open-folder.ts');
      const { findingText, summaryText } = await import('../folder/findings.ts');
      const { Progress } = await import('../folder/progress.ts');
      const folder = await openFolder(data, 'verify', { readOnly: true });
      const isForPeople = process.stdout.isTTY === true;
      const progress = new Progress('checked');
      const { summary } = await verify(folder.disk, {
        onFinding: (finding) => {
          progress.clear();
          process.stdout.write(isForPeople ? findingText(finding) : `${JSON.stringify(finding)}\n`);
        },
        onProgress: (read, total) => progress.update(read, total),
      }).finally(() => folder.release());
      progress.clear();
      if (!summary.isDataFolder) throw noDataFolder(folder.name);
      const seconds = progress.seconds;
      process.stdout.write(
        isForPeople
          ? summaryText(folder.name, summary, seconds)
          : `${JSON.stringify({ kind: 'summary', folder: folder.path, ...summary, seconds: Number(seconds.toFixed(3)) })}\n`,
      );
      process.exitCode = summary.clean ? EXIT.ok : EXIT.failed;
    });
}
