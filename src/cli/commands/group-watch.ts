/**
 * gregor group watch: the lag of groups, again and again until Ctrl-C. A broker that restarts or a group that is gone for a while does
 * not end it: what is wrong stands where the table was. Only a first look that fails does: then a name or an address is wrong.
 */
import { Command } from 'commander';
import { printRows } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { explainClient } from '../client/explain.ts';
import { type LagRow, lagOf } from '../client/group-lag.ts';
import { NO_GROUP } from '../client/groups.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';
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
        withConsumer(options, 'group watch', { groupId: NO_GROUP }, (consumer) => {
          const look = async () => {
            const rows: LagRow[] = [];
            for (const group of groups) rows.push(...(await lagOf(admin, consumer, group)));
            return rows;
          };
          return lookAgainAndAgain(look, { times, everyMs, show });
        }),
      );
    });
}

/** What a look showed, or why it showed nothing. */
export type Seen = readonly LagRow[] | CommandFailed;

export async function lookAgainAndAgain(
  look: () => Promise<readonly LagRow[]>,
  { times, everyMs, show }: { times: number; everyMs: number; show: (seen: Seen) => void },
): Promise<void> {
  for (let n = 1; ; n++) {
    show(await (n === 1 ? look() : look().catch(whyNot)));
    if (n >= times) return;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Bugs keep flying. */
function whyNot(error: unknown): CommandFailed {
  const explained = explainClient(error, 'group watch');
  if (!(explained instanceof CommandFailed)) throw error;
  return explained;
}

function show(seen: Seen): void {
  const isTerminal = process.stdout.isTTY === true;
  if (isTerminal) process.stdout.write(`${CLEAR_SCREEN}${new Date().toISOString()}\n`);
  if (seen instanceof CommandFailed) {
    (isTerminal ? process.stdout : process.stderr).write(`${seen.message}\n`);
    return;
  }
  const at = Date.now();
  printRows(
    seen.map((row) => ({ at, ...row })),
    LAG_COLUMNS,
    'Nothing is committed, and nobody reads anything.',
  );
}
