/** gregor start: a broker on a folder, until it is stopped. */
import { Command, Option } from 'commander';
import type { Level } from '../../base/index.ts';
import type { StartFlags } from '../start/sources.ts';

export interface StartOptions extends StartFlags {
  readonly logLevel: Level;
}

const EXAMPLES = `
Settings have Kafka's names, and ours begin with gregor. They come from --config (a server.properties), from the
environment (KAFKA_ADVERTISED_LISTENERS, as in Kafka's container image) and from flags; flags win.
Examples:
  gregor start --listen 127.0.0.1:9093 --data /tmp/other
  gregor start --set log.retention.hours=24 --set num.partitions=6
  gregor start --listen 0.0.0.0:9092 --allow-anonymous --set advertised.listeners=PLAINTEXT://kafka.example:9092`;

export function startCommand(): Command {
  return new Command('start')
    .description('start a broker')
    .option('--data <dir>', 'data folder (default: ./gregor-data)')
    .option('--listen <host:port>', 'address to listen on (default: 127.0.0.1:9092)')
    .option('--config <file>', "settings as in Kafka's server.properties")
    .option(
      '--set <name=value>',
      'one setting; repeatable',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option(
      '--pipeline <file>',
      'a pipeline that runs inside the broker; repeatable',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option('--allow-anonymous', 'listen beyond loopback although nobody has to log in')
    .addOption(
      new Option('--log-level <level>', 'least level logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (options: StartOptions) => {
      const { runBroker } = await import('../start/run-broker.ts');
      process.exitCode = await runBroker(options);
    });
}
