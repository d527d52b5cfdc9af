/** gregor produce: one record from the command line, or one for each line of standard input. */
import { Command, Option } from 'commander';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';

export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export interface ProduceOptions extends BootstrapOptions {
  readonly key?: string;
  readonly header: readonly string[];
  readonly partition?: string;
  readonly acks: 'all' | '1' | '0';
  readonly compression: (typeof COMPRESSIONS)[number];
  readonly tombstone?: boolean;
  readonly json?: boolean;
  readonly keySeparator?: string;
  readonly create: boolean;
}

const EXAMPLES = `
Examples:
  gregor produce hello "first record"
  gregor produce orders '{"total":3}' -k customer-1 -H source=web
  gregor produce lines < access.log
  gregor consume orders -e | gregor produce copy --json`;

export function produceCommand(): Command {
  return withBootstrap(new Command('produce'))
    .description('send a record, or one for each line of standard input')
    .argument('<topic>', 'comes into being with the first record, where the broker allows it')
    .argument('[value]', 'the record; without it the lines of standard input')
    .option('-k, --key <key>', 'key of the record or of all lines')
    .option('-K, --key-separator <text>', 'lines hold a key, this text, and the value')
    .option(
      '-H, --header <name=value>',
      'header; repeatable',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option('-p, --partition <n>', 'partition (default: by the key, else in turn)')
    .option('--json', 'lines are records as gregor consume prints them')
    .option('--tombstone', 'no value: in a compacted topic it deletes the key')
    .addOption(new Option('--acks <n>', 'whose word is enough').choices(['all', '1', '0']).default('all'))
    .addOption(
      new Option('-z, --compression <codec>', 'of batches').choices([...COMPRESSIONS]).default('none'),
    )
    .option('--no-create', 'fail when the topic does not exist')
    .addHelpText('after', EXAMPLES)
    .action(async (topic: string, value: string | undefined, options: ProduceOptions) => {
      const { produce } = await import('../client/produce.ts');
      await produce(topic, value, options);
    });
}
