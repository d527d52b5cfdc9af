/** gregor topic list: all topics, with their number of partitions. */
import type { Admin } from '@platformatic/kafka';
import { Command } from 'commander';
import { printRows } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { topicIdText } from '../client/topic-id.ts';

interface Options extends BootstrapOptions {
  readonly internal?: boolean;
}

export function topicListCommand(): Command {
  return withBootstrap(new Command('list'))
    .description('list topics')
    .option('--internal', 'with those that the broker keeps for itself')
    .action(async (options: Options) => {
      const { withAdmin } = await import('../client/session.ts');
      const rows = await withAdmin(options, 'topic list', async (admin) => {
        const topics = await allTopics(admin);
        return topics.filter(({ isInternal }) => !isInternal || options.internal === true).map(rowOf);
      });
      printRows(
        rows,
        [
          { title: 'topic', cell: (row) => row.topic },
          { title: 'partitions', cell: (row) => row.partitions },
          { title: 'replicas', cell: (row) => row.replicas },
          { title: 'id', cell: (row) => row.id },
        ],
        'No topics yet. The first record makes one: gregor produce hello "first record"',
      );
    });
}

/** Through the API itself: the library's own metadata leaves internal topics out. */
async function allTopics(admin: Admin) {
  const { metadataV12 } = await import('@platformatic/kafka');
  const connections = await admin.connectToBrokers(null);
  const { topics } = await metadataV12.api.async(connections.values().next().value!, null, false, false);
  return topics.sort((left, right) => ((left.name ?? '') < (right.name ?? '') ? -1 : 1));
}

function rowOf({ name, topicId, partitions }: Awaited<ReturnType<typeof allTopics>>[number]) {
  return {
    topic: name ?? '',
    partitions: partitions.length,
    replicas: partitions[0]?.replicaNodes.length ?? 0,
    id: topicIdText(topicId),
  };
}
