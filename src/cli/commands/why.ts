/** gregor why: what the broker on this machine refused last, why, and what to do; for clients that show an error code alone. */
import { Command } from 'commander';
import type { RefusalReport } from '../../server/index.ts';

interface Options {
  readonly data?: string;
  readonly topic?: string;
  readonly client?: string;
  readonly json?: boolean;
}

const EPILOGUE = `
The broker keeps the last 256 refusals of its present life; what one client is refused over and over is one entry that counts.
Everyday turns of the protocol (a rebalance, a new fetch session) are no refusals.
Asked through the data folder's admin.sock, as gregor status is.
Exit codes: 0 answered, 1 no answer, 3 no such folder, 7 no broker answers for the folder.
Examples:
  gregor why
  gregor why --topic orders
  gregor why --json | jq -r .reason`;

export function whyCommand(): Command {
  return new Command('why')
    .description('what the broker refused last, why, and what to do')
    .option('--data <dir>', 'data folder (default: ./gregor-data)')
    .option('--topic <name>', 'only what was refused on this topic')
    .option('--client <text>', 'only clients whose id or address holds this text')
    .option('--json', 'one JSON object a refusal, also on a terminal')
    .addHelpText('after', EPILOGUE)
    .action(async (options: Options) => {
      const { DEFAULT_FOLDER } = await import('../../config/index.ts');
      const { askBroker } = await import('../folder/ask-broker.ts');
      const report = (await askBroker(options.data ?? `./${DEFAULT_FOLDER}`, 'why')) as RefusalReport;
      const refusals = report.refusals.filter(
        ({ topic, clientId, address }) =>
          (options.topic === undefined || topic === options.topic) &&
          (options.client === undefined || `${clientId} ${address}`.includes(options.client)),
      );
      if (options.json === true || process.stdout.isTTY !== true) {
        for (const refusal of [...refusals].reverse()) process.stdout.write(`${JSON.stringify(refusal)}\n`);
        return;
      }
      const { whyText } = await import('../folder/why-text.ts');
      const isFiltered = options.topic !== undefined || options.client !== undefined;
      process.stdout.write(whyText({ ...report, refusals }, isFiltered));
    });
}
