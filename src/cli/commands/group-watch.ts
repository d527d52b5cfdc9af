/** gregor group watch: the lag of groups, again and again until Ctrl-C. */
import { Command } from 'commander';
import { printRows } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { type LagRow, lagOf } from '../client/group-lag.ts';
import { NO_GROUP } from '../client/groups.ts';
import { EXIT, usageError } from '../exit-codes.ts';
import { LAG_COLUMNS } from './group-lag.ts';

interface Options extends BootstrapOptions {
  readonly every: string;
  readonly count?: string;
}

const CLEAR_SCREEN = '\u001b[2J\u001b[H';

export function groupWatchCommand(): Command {
  return withBootstrap(new Command('watch'))
    .description('show the lag of groups again and again, until Ctrl-C')
    .argument('<group...>', 'ids')
    .option('--every <seconds>', 'how often', '2')
    .option('-n, --count <n>', 'stop after so many times')
    .action(async (groups: string[], options: Options) => {
      const everyMs = Number(options.every) * 1000;
      if (!(everyMs >= 100)) throw usageError(`--every ${options.every}: that is not a number of seconds`);
      const times = options.count === undefined ? Number.POSITIVE_INFINITY : Number(options.count);
      if (!(times > 0)) throw usageError(`--count ${options.count}: that is not a number`);
      process.once('SIGINT', () => process.exit(EXIT.interrupted));
      const { withAdmin, withConsumer } = await import('../client/session.ts');
      await withAdmin(options, 'group watch', (admin) =>
        withConsumer(options, 'group watch', { groupId: NO_GROUP }, async (consumer) => {
          for (let n = 1; ; n++) {
            const rows: LagRow[] = [];
            for (const group of groups) rows.push(...(await lagOf(admin, consumer, group)));
            print(rows);
            if (n >= times) return;
            await new Promise((resolve) => setTimeout(resolve, everyMs));
          }
        }),
      );
    });
}

function print(rows: readonly LagRow[]): void {
  if (process.stdout.isTTY === true) process.stdout.write(`${CLEAR_SCREEN}${new Date().toISOString()}\n`);
  const at = Date.now();
  printRows(
    rows.map((row) => ({ at, ...row })),
    LAG_COLUMNS,
    'Nothing is committed, and nobody reads anything.',
  );
}
