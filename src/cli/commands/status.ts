/** gregor status: how the broker on this machine is, in a screenful; what it holds, disk, journal, memory, settings. */
import { Command } from 'commander';
import type { ProcessStatus } from '../folder/status-text.ts';

interface Options {
  readonly data?: string;
  readonly json?: boolean;
}

/** Of a terminal that does not say. */
const USUAL_COLUMNS = 80;
const EPILOGUE = `
Asked through the data folder's admin.sock, so only on the broker's machine, and only by who may enter the folder. A broker
inside another program has none: ask that program.
Exit codes: 0 it runs, 1 it runs and did not answer, 3 no such folder, 7 no broker answers for the folder.
Examples:
  gregor status
  gregor status --data /var/lib/gregor --json | jq .disk.freeBytes`;

export function statusCommand(): Command {
  return new Command('status')
    .description('how the broker on this machine is: what it holds, disk, journal, memory, settings')
    .option('--data <dir>', 'data folder (default: ./gregor-data)')
    .option('--json', 'one JSON object, also on a terminal')
    .addHelpText('after', EPILOGUE)
    .action(async ({ data, json }: Options) => {
      const { DEFAULT_FOLDER } = await import('../../config/index.ts');
      await status(data ?? `./${DEFAULT_FOLDER}`, json === true);
    });
}

async function status(name: string, isJson: boolean): Promise<void> {
  const { askBroker } = await import('../folder/ask-broker.ts');
  const answer = (await askBroker(name, 'status')) as ProcessStatus;
  if (isJson || process.stdout.isTTY !== true) process.stdout.write(`${JSON.stringify(answer)}\n`);
  else {
    const { statusText } = await import('../folder/status-text.ts');
    process.stdout.write(statusText(answer, process.stdout.columns || USUAL_COLUMNS, Date.now()));
  }
}
