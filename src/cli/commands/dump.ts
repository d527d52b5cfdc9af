/** gregor dump: what a file of a data folder holds, readable. Works on damaged files, and while a broker runs. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';

interface Options {
  readonly records?: boolean;
}

const EPILOGUE = `
Files: journal/00000000, ….log, ….index, ….timeindex, ….txnindex, ….snapshot, ….dedupe, manifest-a, manifest-b.
Exit codes: 0 all of it is whole, 1 damaged bytes were met, 3 no such file.
Examples:
  gregor dump gregor-data/journal/00000000
  gregor dump --records gregor-data/partitions/*-0/00000000000000000000.log | jq -r 'select(.type == "record").value'`;

export function dumpCommand(): Command {
  return new Command('dump')
    .description('print frames, batches, indexes, snapshots, manifests')
    .argument('<file...>', 'files of a data folder')
    .option('--records', 'open the batches and print every record')
    .addHelpText('after', EPILOGUE)
    .action(async (files: readonly string[], options: Options) => {
      let isWhole = true;
      for (const file of files) isWhole = (await dumpFile(file, options, files.length > 1)) && isWhole;
      process.exitCode = isWhole ? EXIT.ok : EXIT.failed;
    });
}

/** True when nothing in it is damaged. What a recycled journal file still holds of earlier lives is no damage. */
async function dumpFile(file: string, options: Options, isOneOfMany: boolean): Promise<boolean> {
  const { dump, dumpOf } = await import('../../inspect/index.ts');
  const { NodeDisk } = await import('../../env/node/index.ts');
  const { dumpText, dumpJson } = await import('../folder/dump-text.ts');
  const name = path.basename(file);
  if (!existsSync(file)) throw new CommandFailed(EXIT.notFound, `There is no file ${file}`);
  const dumpIt = dumpOf(name);
  if (dumpIt === undefined)
    throw usageError(`${file} is no file of a data folder, by its name. See: gregor dump --help`);
  const isForPeople = process.stdout.isTTY === true;
  if (isForPeople && isOneOfMany) process.stdout.write(`${file}\n`);
  let isWhole = true;
  const disk = new NodeDisk(path.dirname(path.resolve(file)), { readOnly: true });
  for await (const line of dump(disk, name, dumpIt, options)) {
    if (line.damaged !== undefined && !/^\d{8}$/.test(name)) isWhole = false;
    const text = isForPeople ? dumpText(line) : dumpJson(isOneOfMany ? { file, ...line } : line);
    if (!process.stdout.write(`${text}\n`))
      await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
  return isWhole;
}
