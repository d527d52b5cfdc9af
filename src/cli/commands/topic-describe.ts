/** gregor topic describe: partitions with their offsets, and what was set. */
import type { Admin } from '@platformatic/kafka';
import { Command } from 'commander';
import { printRows } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { dedupeText, flushText, keepText } from '../client/keep.ts';
import { requireTopic } from '../client/topics.ts';
import { topicIdText } from '../client/topic-id.ts';
import { countText } from '../text.ts';

/** DescribeConfigs' numbers. */
const TOPIC_RESOURCE = 2;
const SOURCE_TOPIC = 1;
const EARLIEST = -2n;
const LATEST = -1n;

export function topicDescribeCommand(): Command {
  return withBootstrap(new Command('describe'))
    .description('show partitions, offsets and settings of topics')
    .argument('<topic...>', 'names')
    .action(async (names: string[], options: BootstrapOptions) => {
      const { withAdmin } = await import('../client/session.ts');
      await withAdmin(options, 'topic describe', async (admin) => {
        for (const name of names) print(await describe(admin, name));
      });
    });
}

async function describe(admin: Admin, name: string) {
  const { id, partitions } = await requireTopic(admin, name);
  const offsetsAt = async (timestamp: bigint) => {
    const asked = partitions.map((_, partitionIndex) => ({ partitionIndex, timestamp }));
    const [listed] = await admin.listOffsets({ topics: [{ name, partitions: asked }] });
    return new Map(listed!.partitions.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]));
  };
  const [starts, ends] = [await offsetsAt(EARLIEST), await offsetsAt(LATEST)];
  const [described] = await admin.describeConfigs({
    resources: [{ resourceType: TOPIC_RESOURCE, resourceName: name }],
  });
  const all = new Map(described?.configs.map((config) => [config.name, config.value ?? null]));
  const changed = (described?.configs ?? []).filter(({ configSource }) => configSource === SOURCE_TOPIC);
  return {
    topic: name,
    id: topicIdText(id),
    keeps: keepText(all),
    acks: flushText(all) ?? 'synced before every ack',
    ...(dedupeText(all) === undefined ? {} : { deduplicates: dedupeText(all) }),
    configs: Object.fromEntries(changed.map((config) => [config.name, config.value])),
    partitions: partitions.map(({ leader, replicas, isr }, partition) => ({
      partition,
      leader,
      replicas,
      inSyncReplicas: isr,
      startOffset: starts.get(partition) ?? 0,
      endOffset: ends.get(partition) ?? 0,
    })),
  };
}

type Description = Awaited<ReturnType<typeof describe>>;

function print(description: Description): void {
  if (process.stdout.isTTY !== true) {
    process.stdout.write(`${JSON.stringify(description)}\n`);
    return;
  }
  const { topic, id, keeps, acks, deduplicates, configs, partitions } = description;
  const settings = Object.entries(configs).map(([name, value]) => `${name}=${value}`);
  process.stdout.write(`${topic}   id ${id}   ${countText(partitions.length, 'partition')}\n`);
  process.stdout.write(`${keeps}\n`);
  if (acks !== 'synced before every ack') process.stdout.write(`${acks}\n`);
  if (deduplicates !== undefined) process.stdout.write(`deduplicates ${deduplicates}\n`);
  process.stdout.write(
    `set: ${settings.length === 0 ? 'nothing, all settings are the broker’s' : settings.join('  ')}\n`,
  );
  printRows(
    partitions,
    [
      { title: 'partition', cell: (row) => row.partition },
      { title: 'leader', cell: (row) => row.leader },
      { title: 'replicas', cell: (row) => row.replicas.join(',') },
      { title: 'in sync', cell: (row) => row.inSyncReplicas.join(',') },
      { title: 'start', cell: (row) => row.startOffset },
      { title: 'end', cell: (row) => row.endOffset },
      { title: 'offsets', cell: (row) => row.endOffset - row.startOffset },
    ],
    'No partitions.',
  );
}
