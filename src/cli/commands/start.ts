/** gregor start: a broker on a folder, until it is stopped. */
import { Command, Option } from 'commander';
import { FLAGS, type StartOptions } from '../start/flags.ts';

const EXAMPLES = `
Settings have Kafka's names, and ours begin with gregor. They come from --config (a server.properties), from the
environment (KAFKA_ADVERTISED_LISTENERS, as in Kafka's container image) and from flags; flags win.
Examples:
  gregor start --listen 127.0.0.1:9093 --data /tmp/other
  gregor start --set log.retention.hours=24 --set num.partitions=6
  gregor start --listen 0.0.0.0:9092 --allow-anonymous --set advertised.listeners=PLAINTEXT://kafka.example:9092`;

/** As help, and for what `plainOptions` leaves to the parser. */
export function startCommand(): Command {
  const command = new Command('start').description('start a broker').addHelpText('after', EXAMPLES);
  for (const [name, flag] of Object.entries(FLAGS)) {
    const option = new Option(flag.value === undefined ? name : `${name} ${flag.value}`, flag.doc);
    if (flag.default !== undefined) option.default(flag.default);
    if (flag.choices !== undefined) option.choices(flag.choices);
    if (flag.isRepeatable) option.argParser((value: string, all: readonly string[]) => [...all, value]);
    command.addOption(option);
  }
  return command.action(async (options: StartOptions) => {
    const { runBroker } = await import('../start/run-broker.ts');
    process.exitCode = await runBroker(options);
  });
}
