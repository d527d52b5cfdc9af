/** gregor consume: records of a topic, from the start and following. */
import { Command } from 'commander';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';

export interface ConsumeOptions extends BootstrapOptions {
  readonly end?: boolean;
  readonly count?: string;
  readonly offset?: string;
  readonly group?: string;
  readonly partition?: string;
}

const EXAMPLES = `
Only committed records are shown. On a terminal they are columns, piped they are one JSON object a line:
  {"topic","partition","offset","timestamp","key","value","headers"}; what is not UTF-8 is {"base64":"…"}.
Examples:
  gregor consume orders                       from the start, and following
  gregor consume orders -e | jq .value        what is there now
  gregor consume orders -o -10                the last ten of each partition, and following
  gregor consume orders -o 2026-01-31T12:00Z  from a time on
  gregor consume orders -g billing            as a member of a group, from where it stopped`;

export function consumeCommand(): Command {
  return withBootstrap(new Command('consume'))
    .description('read a topic, from the start and following')
    .argument('<topic>')
    .option('-e, --end', 'stop at what is the end now')
    .option('-n, --count <n>', 'stop after so many records')
    .option('-o, --offset <where>', 'start, end, 15, -10, 0:15,1:20 or a time (default: start)')
    .option('-g, --group <id>', 'as a member of this group, which remembers how far it came')
    .option('-p, --partition <n>', 'only this partition')
    .addHelpText('after', EXAMPLES)
    .action(async (topic: string, options: ConsumeOptions) => {
      const { consume } = await import('../client/consume.ts');
      process.exitCode = await consume(topic, options);
    });
}
