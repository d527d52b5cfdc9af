/** gregor backup DIR: the whole folder as of now, copied to another one; a second run copies only what changed. */
import path from 'node:path';
import { Command } from 'commander';
import { printDone } from '../client/answers.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';
import { bytesText, countText } from '../text.ts';

interface Options {
  readonly data?: string;
}

const EPILOGUE = `
The broker may run and serve; what it acknowledged before is in the backup. The backup is a data folder itself: check it
with gregor verify, and make a data folder of it with gregor restore.
Exit codes: 0 complete, 1 damage was met (the rest is complete), 3 no data folder, 4 the folder is in use without an admin socket.
Examples:
  gregor backup /backup/gregor
  gregor backup /backup/gregor --data ./gregor-data`;

export function backupCommand(): Command {
  return new Command('backup')
    .description('copy a data folder, consistently, while its broker runs')
    .argument('<dir>', 'where to: an empty folder, or an earlier backup')
    .option('--data <dir>', 'data folder (default: ./gregor-data)')
    .addHelpText('after', EPILOGUE)
    .action(async (target: string, { data }: Options) => {
      const { DEFAULT_FOLDER } = await import('../../config/index.ts');
      await backup(data ?? `./${DEFAULT_FOLDER}`, target);
    });
}

async function backup(name: string, target: string): Promise<void> {
  const { backUp, TargetRefused } = await import('../../backup/index.ts');
  const { NodeDisk, nodeClock } = await import('../../env/node/index.ts');
  const { pin } = await import('../folder/pinned.ts');
  const { Progress } = await import('../folder/progress.ts');
  const { copyDamageText } = await import('../folder/copy-damage.ts');
  const relation = path.relative(path.resolve(name), path.resolve(target));
  if (!relation.startsWith('..') && !path.isAbsolute(relation))
    throw usageError(`${target} lies in the data folder itself: give the backup a place outside`);
  const to = new NodeDisk(target);
  const pinned = await pin(name);
  const lock = await to.lock().catch(async (error: NodeJS.ErrnoException) => {
    await pinned.release();
    if (error.code !== 'ELOCKED') throw error;
    throw new CommandFailed(
      EXIT.conflict,
      `${target} is in use: another backup is being made there, or a broker has it`,
    );
  });
  const progress = new Progress('copied');
  let damages = 0;
  try {
    const copying = backUp(pinned.disk, to, pinned.content, {
      now: nodeClock.now(),
      from: path.resolve(name),
      onDamage: (damage) => {
        damages++;
        progress.clear();
        process.stderr.write(copyDamageText(damage));
      },
      onProgress: (copied, total) => progress.update(copied, total),
    });
    const summary = await Promise.race([copying, pinned.lost]);
    progress.clear();
    printDone(
      `${target}: ${countText(summary.partitions, 'partition')}, ${bytesText(summary.copiedBytes)} copied, ${bytesText(summary.keptBytes)} were there. Check it: gregor verify --data ${target}`,
      { backup: path.resolve(target), ...summary, damages, seconds: Number(progress.seconds.toFixed(3)) },
    );
  } catch (error) {
    progress.clear();
    if (!(error instanceof TargetRefused)) throw error;
    throw new CommandFailed(
      EXIT.conflict,
      `${target} is left alone: ${error.message}. Name an empty folder, or an earlier backup`,
    );
  } finally {
    await pinned.release();
    await lock.release();
  }
  process.exitCode = damages === 0 ? EXIT.ok : EXIT.failed;
}
