/** gregor topic set: settings of a topic, from now on; one that is given nothing goes back to its default. */
import { Command } from 'commander';
import { printDone } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { requireTopic, topicConfigs } from '../client/topics.ts';
import { usageError } from '../exit-codes.ts';

/** AlterConfigs' number for topics, and IncrementalAlterConfigs' operations. */
const TOPIC_RESOURCE = 2;
const SET = 0 as const;
const DELETE = 1 as const;

const HELP = `
Examples:
  gregor topic set orders gregor.canonical=order@1 gregor.canonical.reject=deadletter
  gregor topic set orders gregor.canonical=              as if it had never been set`;

export function topicSetCommand(): Command {
  return withBootstrap(new Command('set'))
    .description('change settings of a topic')
    .argument('<topic>', 'name')
    .argument('<name=value...>', 'settings, by Kafka’s names and Gregor’s')
    .addHelpText('after', HELP)
    .action(async (topic: string, settings: string[], options: BootstrapOptions) => {
      const configs = settings.map(changeOf);
      const { withAdmin } = await import('../client/session.ts');
      await withAdmin(options, 'topic set', async (admin) => {
        await requireTopic(admin, topic);
        await admin.incrementalAlterConfigs({
          resources: [{ resourceType: TOPIC_RESOURCE, resourceName: topic, configs }],
        });
        const all = await topicConfigs(admin, topic);
        const now = Object.fromEntries(configs.map(({ name }) => [name, all.get(name) ?? null]));
        const text = Object.entries(now).map(([name, value]) => `${name}=${value ?? ''}`);
        printDone(`${topic} ${text.join(' ')}`, { topic, configs: now });
      });
    });
}

function changeOf(text: string) {
  const equals = text.indexOf('=');
  if (equals < 1) throw usageError(`${text}: that is not name=value, such as retention.ms=86400000`);
  const [name, value] = [text.slice(0, equals), text.slice(equals + 1)];
  return value === '' ? { name, configOperation: DELETE } : { name, configOperation: SET, value };
}
