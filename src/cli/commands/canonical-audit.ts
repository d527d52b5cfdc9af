/** gregor canonical audit: proves from raw-sha256, without a raw copy, that nothing was lost; once, or for ever. */
import { Command } from 'commander';
import { recordsOf } from '../canonical/records-of.ts';
import { publishedDefinitions } from '../canonical/registry.ts';
import { Tally } from '../canonical/tally.ts';
import { WayBack } from '../canonical/way-back.ts';
import { printDone } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { NO_GROUP } from '../client/groups.ts';
import { EXIT, usageError } from '../exit-codes.ts';

interface Options extends BootstrapOptions {
  readonly follow?: boolean;
  readonly every: string;
}

const HELP = `
Every record is turned back, hashed and compared with the hash of what came in. Ends with 1 when one differs.
With --follow a line of JSON says how it stands, again and again: losslessRatio is the metric.`;

export function canonicalAuditCommand(): Command {
  return withBootstrap(new Command('audit'))
    .description('prove that the records of a topic can be turned back')
    .argument('<topic>', 'of canonical records')
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('--every <seconds>', 'with --follow: how often it says how it stands', '10')
    .addHelpText('after', HELP)
    .action(async (topic: string, options: Options) => {
      const everyMs = Number(options.every) * 1000;
      if (!(everyMs >= 100)) throw usageError(`--every ${options.every}: that is not a number of seconds`);
      const { withConsumer } = await import('../client/session.ts');
      await withConsumer(options, 'canonical audit', { groupId: NO_GROUP }, async (consumer) => {
        const wayBack = new WayBack(await publishedDefinitions(consumer));
        const tally = new Tally();
        const say = () => printDone(tally.text(topic, 'can be turned back'), tally.fact(topic));
        const timer = options.follow === true ? setInterval(say, everyMs) : undefined;
        if (timer !== undefined)
          process.once('SIGINT', () => process.exit(tally.isWhole ? EXIT.interrupted : EXIT.failed));
        for await (const record of recordsOf(consumer, topic, { follow: options.follow }))
          tally.add(record, wayBack.of(record).missing);
        clearInterval(timer);
        say();
        if (!tally.isWhole) process.exitCode = EXIT.failed;
      });
    });
}
