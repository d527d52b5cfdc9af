/** gregor topic list: all topics, with their number of partitions. */
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
        const names = await admin.listTopics({ includeInternals: options.internal === true });
        if (names.length === 0) return [];
        const { topics } = await admin.metadata({ topics: names });
        return [...topics]
          .map(([topic, { id, partitionsCount, partitions }]) => ({
            topic,
            partitions: partitionsCount,
            replicas: partitions[0]?.replicas.length ?? 0,
            id: topicIdText(id),
          }))
          .sort((left, right) => (left.topic < right.topic ? -1 : 1));
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
