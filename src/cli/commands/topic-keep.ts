/** gregor topic keep: how long topics keep their records, from now on. */
import { Command } from 'commander';
import { printDone } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { KEEP_HELP, keepConfigs, keepText } from '../client/keep.ts';
import { requireTopic, topicConfigs } from '../client/topics.ts';

/** DescribeConfigs' and AlterConfigs' number for topics, and IncrementalAlterConfigs' for setting a value. */
const TOPIC_RESOURCE = 2;
const SET = 0 as const;

export function topicKeepCommand(): Command {
  return withBootstrap(new Command('keep'))
    .description('say how long a topic keeps its records')
    .argument('<topic>', 'name')
    .argument('<how-long>', KEEP_HELP)
    .action(async (topic: string, howLong: string, options: BootstrapOptions) => {
      const configs = Object.entries(keepConfigs(howLong)).map(([name, value]) => ({
        name,
        configOperation: SET,
        value: value as string,
      }));
      const { withAdmin } = await import('../client/session.ts');
      await withAdmin(options, 'topic keep', async (admin) => {
        await requireTopic(admin, topic);
        await admin.incrementalAlterConfigs({
          resources: [{ resourceType: TOPIC_RESOURCE, resourceName: topic, configs }],
        });
        const now = keepText(await topicConfigs(admin, topic));
        printDone(`${topic} ${now}`, { topic, keeps: now });
      });
    });
}
