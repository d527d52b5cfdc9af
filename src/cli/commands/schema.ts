/** gregor schema publish, list, show: JSON Schemas on the log, by name and version, for the topic setting gregor.schema. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { SCHEMAS } from '../../checks/index.ts';
import { publishedTexts, publishOnce, requireText } from '../canonical/published-once.ts';
import { requireFitting, schemaText } from '../canonical/schema-file.ts';
import { printDone, printRows } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { NO_GROUP } from '../client/groups.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';

interface PublishOptions extends BootstrapOptions {
  readonly topic?: string;
  readonly last: string;
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}@[1-9]\d{0,8}$/;
const HELP = `
A version is published once and never changed. A topic asks for it by its name:
  gregor schema publish order@1 order.schema.json
  gregor topic create orders --config gregor.schema=order@1`;

export function schemaCommand(): Command {
  return new Command('schema')
    .description('JSON Schemas by name, for topics that check their records')
    .addCommand(publishCommand())
    .addCommand(listCommand())
    .addCommand(showCommand());
}

function publishCommand(): Command {
  return withBootstrap(new Command('publish'))
    .description(`put a JSON Schema on the log (topic ${SCHEMAS})`)
    .argument('<id>', 'name and version, such as order@1')
    .argument('<file>', 'order.schema.json')
    .option('-t, --topic <topic>', 'records there must fit')
    .option('--last <n>', 'so many of each partition', '1000')
    .addHelpText('after', HELP)
    .action(async (id: string, file: string, options: PublishOptions) => {
      if (!ID.test(id)) throw usageError(`${id} must be a name and a version, such as order@1`);
      if (!/^[1-9]\d{0,8}$/.test(options.last))
        throw usageError(`--last ${options.last}: that is not a number from 1 up`);
      const text = schemaText(await contentOf(file), file);
      const { withAdmin, withConsumer, withProducer } = await import('../client/session.ts');
      await withConsumer(options, 'schema publish', { groupId: NO_GROUP }, async (consumer) => {
        const { topic, last } = options;
        const tried = topic === undefined ? 0 : await requireFitting(consumer, text, topic, Number(last));
        const isNew = await withAdmin(options, 'schema publish', (admin) =>
          withProducer(options, 'schema publish', { acks: -1 }, (producer) =>
            publishOnce({ admin, consumer, producer }, SCHEMAS, id, Buffer.from(text)),
          ),
        );
        const what = isNew ? 'Published' : 'Published before, and the same:';
        printDone(`${what} ${id}`, { id, isNew, recordsTried: tried });
      });
    });
}

function listCommand(): Command {
  return withBootstrap(new Command('list'))
    .description('list the published schemas')
    .action(async (options: BootstrapOptions) => {
      const { withConsumer } = await import('../client/session.ts');
      await withConsumer(options, 'schema list', { groupId: NO_GROUP }, async (consumer) => {
        const texts = await publishedTexts(consumer, SCHEMAS);
        const rows = [...texts].map(([id, text]) => ({ id, characters: text.length }));
        const columns = [
          { title: 'schema', cell: (row: (typeof rows)[number]) => row.id },
          { title: 'characters', cell: (row: (typeof rows)[number]) => row.characters },
        ];
        printRows(rows, columns, 'None is published. See: gregor schema publish --help');
      });
    });
}

function showCommand(): Command {
  return withBootstrap(new Command('show'))
    .description('print a published schema')
    .argument('<id>', 'such as order@1')
    .action(async (id: string, options: BootstrapOptions) => {
      const { withConsumer } = await import('../client/session.ts');
      await withConsumer(options, 'schema show', { groupId: NO_GROUP }, async (consumer) => {
        process.stdout.write(`${await requireText(consumer, SCHEMAS, id)}\n`);
      });
    });
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new CommandFailed(EXIT.notFound, `There is no file ${file}`);
    throw error;
  }
}
