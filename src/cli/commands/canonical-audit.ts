/** gregor canonical audit: proves from raw-sha256, without a raw copy, that nothing was lost; once, or for ever. */
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { Complements } from '../canonical/complements.ts';
import { recordsOf } from '../canonical/records-of.ts';
import { publishedDefinitions } from '../canonical/registry.ts';
import { Tally } from '../canonical/tally.ts';
import { WayBack } from '../canonical/way-back.ts';
import { printDone } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { NO_GROUP } from '../client/groups.ts';
import type { BytesConsumer } from '../client/session.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';

interface Options extends BootstrapOptions {
  readonly follow?: boolean;
  readonly every: string;
  readonly metricsPort?: string;
}

const PORT_MAX = 65_535;
const HELP = `
Every record is turned back, hashed and compared with the hash of what came in. Ends with 1 when one differs.
With --follow a line of JSON says how it stands, again and again: losslessRatio is the metric.
With --metrics-port the same is there for Prometheus, at /metrics:
  gregor_canonical_records_checked_total, …_records_lossless_total, …_lossless_ratio, …_records_missing_total{reason},
  …_last_failure_timestamp_seconds, …_last_failure_offset{partition,reason}`;

export function canonicalAuditCommand(): Command {
  return withBootstrap(new Command('audit'))
    .description('prove that the records of a topic can be turned back')
    .argument('<topic>', 'of canonical records')
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('--every <seconds>', 'with --follow: how often it says how it stands', '10')
    .option('--metrics-port <port>', 'follow, and answer Prometheus on this port')
    .addHelpText('after', HELP)
    .action(async (topic: string, options: Options) => {
      const everyMs = Number(options.every) * 1000;
      if (!(everyMs >= 100)) throw usageError(`--every ${options.every}: that is not a number of seconds`);
      const port = options.metricsPort === undefined ? undefined : portOf(options.metricsPort);
      const { withConsumer } = await import('../client/session.ts');
      await withConsumer(options, 'canonical audit', { groupId: NO_GROUP }, async (consumer) => {
        const tally = new Tally();
        if (port !== undefined) await serve(port, topic, tally);
        const follow = options.follow === true || port !== undefined;
        await audit(consumer, topic, tally, follow ? everyMs : undefined);
        if (!tally.isWhole) process.exitCode = EXIT.failed;
      });
    });
}

/** `everyMs`: goes on, and says how it stands so often. */
async function audit(
  consumer: BytesConsumer,
  topic: string,
  tally: Tally,
  everyMs: number | undefined,
): Promise<void> {
  const complements = new Complements(consumer);
  const wayBack = new WayBack(await publishedDefinitions(consumer), complements);
  const say = () => printDone(tally.text(topic, 'can be turned back'), tally.fact(topic));
  const timer = everyMs === undefined ? undefined : setInterval(say, everyMs);
  if (timer !== undefined)
    process.once('SIGINT', () => process.exit(tally.isWhole ? EXIT.interrupted : EXIT.failed));
  for await (const record of recordsOf(consumer, topic, { follow: timer !== undefined })) {
    const found = wayBack.of(record);
    tally.add(record, found instanceof Promise ? await found : found);
  }
  clearInterval(timer);
  complements.close();
  say();
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > PORT_MAX) throw usageError(`--metrics-port ${text}: that is no port`);
  return port;
}

async function serve(port: number, topic: string, tally: Tally): Promise<void> {
  const { serveMetrics } = await import('../canonical/audit-metrics.ts');
  try {
    const server = await serveMetrics(port, topic, tally);
    const { port: taken } = server.address() as AddressInfo;
    process.stderr.write(`metrics on http://127.0.0.1:${taken}/metrics\n`);
  } catch (error) {
    throw new CommandFailed(EXIT.failed, `--metrics-port ${port}: ${(error as Error).message}`);
  }
}
