/** gregor restore BACKUP --data DIR: a data folder from a backup. The backup stays as it is. */
import path from 'node:path';
import { Command } from 'commander';
import { printDone } from '../client/answers.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { bytesText, countText, shellText } from '../text.ts';

interface Options {
  readonly data: string;
}

const EPILOGUE = `
Topics, records with their offsets, producers, groups and settings are as they were when the backup was made.
The leader epoch rises by one, so that clients that saw later offsets notice.
Exit codes: 0 complete, 1 damage was met (the rest is complete), 3 no backup, 4 the target is not empty or in use.
Example:
  gregor restore /backup/gregor --data ./gregor-data && gregor start --data ./gregor-data`;

export function restoreCommand(): Command {
  return new Command('restore')
    .description('make a data folder from a backup')
    .argument('<backup>', 'folder that gregor backup made')
    .requiredOption('--data <dir>', 'the new data folder: absent or empty')
    .addHelpText('after', EPILOGUE)
    .action((backup: string, { data }: Options) => restoreTo(backup, data));
}

async function restoreTo(backup: string, data: string): Promise<void> {
  const { restore, TargetRefused } = await import('../../backup/index.ts');
  const { NodeDisk } = await import('../../env/node/index.ts');
  const { isFolder } = await import('../folder/open-folder.ts');
  const { Progress } = await import('../folder/progress.ts');
  const { copyDamageText } = await import('../folder/copy-damage.ts');
  if (!isFolder(path.resolve(backup))) throw new CommandFailed(EXIT.notFound, `There is no folder ${backup}`);
  const target = new NodeDisk(data);
  const lock = await target.lock().catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ELOCKED') throw error;
    throw new CommandFailed(
      EXIT.conflict,
      `${data} is in use by a broker. Restore to another folder: --data DIR`,
    );
  });
  const progress = new Progress('copied');
  let damages = 0;
  try {
    const summary = await restore(new NodeDisk(backup, { readOnly: true }), target, {
      onDamage: (damage) => {
        damages++;
        progress.clear();
        process.stderr.write(copyDamageText(damage));
      },
      onProgress: (copied, total) => progress.update(copied, total),
    });
    progress.clear();
    printDone(
      `${data}: ${countText(summary.partitions, 'partition')}, ${bytesText(summary.copiedBytes)}. Start it: gregor start --data ${shellText(data)}`,
      { folder: path.resolve(data), ...summary, damages, seconds: Number(progress.seconds.toFixed(3)) },
    );
  } catch (error) {
    progress.clear();
    if (!(error instanceof TargetRefused)) throw error;
    throw new CommandFailed(EXIT.conflict, `Nothing was restored from ${backup}: ${error.message}`);
  } finally {
    await lock.release();
  }
  process.exitCode = damages === 0 ? EXIT.ok : EXIT.failed;
}
