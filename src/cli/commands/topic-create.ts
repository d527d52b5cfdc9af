/** gregor topic create: new topics, all with the same settings. */
import type { Admin } from '@platformatic/kafka';
import { Command } from 'commander';
import { printDone } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { apiErrorOf, explainClient } from '../client/explain.ts';
import { KEEP_HELP, keepConfigs, keepText } from '../client/keep.ts';
import { topicConfigs } from '../client/topics.ts';
import { topicIdText } from '../client/topic-id.ts';
import { usageError } from '../exit-codes.ts';
import { countText } from '../text.ts';

interface Options extends BootstrapOptions {
  readonly partitions?: string;
  readonly replicationFactor?: string;
  readonly config: readonly string[];
  readonly keep?: string;
  readonly ifNotExists?: boolean;
  readonly dryRun?: boolean;
}

const BROKER_DEFAULT = -1;

export function topicCreateCommand(): Command {
  return withBootstrap(new Command('create'))
    .description('create topics')
    .argument('<topic...>', 'names')
    .option('-p, --partitions <n>', 'partitions of each (default: the broker decides)')
    .option('--replication-factor <n>', 'replicas of each (default: the broker decides)')
    .option(
      '-c, --config <name=value>',
      'a setting; repeatable',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option('--keep <how-long>', KEEP_HELP)
    .option('--if-not-exists', 'leave topics alone that exist already')
    .option('--dry-run', 'ask the broker whether it would, and change nothing')
    .action(async (topics: string[], options: Options) => {
      const request = {
        numPartitions: wholeNumber('--partitions', options.partitions),
        replicationFactor: wholeNumber('--replication-factor', options.replicationFactor),
        assignments: [],
        configs: [...keepOf(options.keep), ...options.config.map(configOf)],
      };
      const { withAdmin } = await import('../client/session.ts');
      await withAdmin(options, 'topic create', async (admin) => {
        for (const name of topics) await create(admin, { name, ...request }, options);
      });
    });
}

type Request = Parameters<typeof import('@platformatic/kafka').createTopicsV7.createRequest>[0][number];

/** Through the API itself: the library's own method cannot only ask. */
async function create(admin: Admin, request: Request, options: Options): Promise<void> {
  const { name } = request;
  try {
    const { createTopicsV7 } = await import('@platformatic/kafka');
    const { controllerId } = await admin.metadata({ topics: [], forceUpdate: true });
    const connections = await admin.connectToBrokers(controllerId >= 0 ? [controllerId] : null);
    const connection = connections.values().next().value!;
    const response = await createTopicsV7.api.async(connection, [request], 30_000, options.dryRun === true);
    const { topicId, numPartitions } = response.topics[0]!;
    const partitions = countText(numPartitions, 'partition');
    const fact = { topic: name, partitions: numPartitions };
    if (options.dryRun === true)
      printDone(`Would create ${name} with ${partitions}`, { ...fact, dryRun: true });
    else {
      const keeps = keepText(await topicConfigs(admin, name));
      printDone(`Created ${name} with ${partitions}; ${keeps}`, { ...fact, id: topicIdText(topicId), keeps });
    }
  } catch (error) {
    if (options.ifNotExists === true && apiErrorOf(error) === 'TOPIC_ALREADY_EXISTS')
      printDone(`${name} exists already`, { topic: name, existed: true });
    else throw explainClient(error, name);
  }
}

function keepOf(keep: string | undefined): { name: string; value: string }[] {
  return keep === undefined
    ? []
    : Object.entries(keepConfigs(keep)).map(([name, value]) => ({ name, value: value as string }));
}

function configOf(text: string): { name: string; value: string } {
  const equals = text.indexOf('=');
  if (equals < 1) throw usageError(`--config ${text}: that is not name=value, such as retention.ms=86400000`);
  return { name: text.slice(0, equals).trim(), value: text.slice(equals + 1) };
}

function wholeNumber(flag: string, text: string | undefined): number {
  if (text === undefined) return BROKER_DEFAULT;
  if (!/^[1-9]\d{0,6}$/.test(text)) throw usageError(`${flag} ${text}: that is not a number from 1 up`);
  return Number(text);
}
