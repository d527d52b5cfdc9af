/** gregor canonical publish: a definition onto the log, after its laws were tried with real records. */
import { Command } from 'commander';
import { brokenLaw, type Definition, FORM_HEADER, type Lens, REGISTRY } from '../../canonical/index.ts';
import { definitionFrom, lensesOf } from '../canonical/definition-file.ts';
import { recordsOf } from '../canonical/records-of.ts';
import { publish } from '../canonical/registry.ts';
import { printDone } from '../client/answers.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { NO_GROUP } from '../client/groups.ts';
import type { BytesConsumer } from '../client/session.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';

interface Options extends BootstrapOptions {
  readonly topic?: string;
  readonly last: string;
  readonly warn?: boolean;
}

const HELP = `
A version is published once and never changed: a record that names it can be turned back for ever.
Examples:
  gregor canonical publish order.lens.yaml
  gregor canonical publish order.lens.yaml --topic shop.orders.raw    try the last 1,000 raw records of each partition first`;

export function canonicalPublishCommand(): Command {
  return withBootstrap(new Command('publish'))
    .description(`put a definition on the log (topic ${REGISTRY})`)
    .argument('<file>', 'order.lens.yaml or a .json')
    .option('-t, --topic <topic>', 'raw records there must keep the laws')
    .option('--last <n>', 'so many of each partition', '1000')
    .option('--warn', 'publish though some do not')
    .addHelpText('after', HELP)
    .action(async (file: string, options: Options) => {
      if (!/^[1-9]\d{0,8}$/.test(options.last))
        throw usageError(`--last ${options.last}: that is not a number from 1 up`);
      const definition = await definitionFrom(file);
      requireDeclared(definition);
      const { withAdmin, withConsumer, withProducer } = await import('../client/session.ts');
      await withConsumer(options, 'canonical publish', { groupId: NO_GROUP }, async (consumer) => {
        const tried =
          options.topic === undefined ? 0 : await tryRecords(consumer, definition, options.topic, options);
        const isNew = await withAdmin(options, 'canonical publish', (admin) =>
          withProducer(options, 'canonical publish', { acks: -1 }, (producer) =>
            publish({ admin, consumer, producer }, definition),
          ),
        );
        const what = isNew ? 'Published' : 'Published before, and the same:';
        printDone(`${what} ${definition.id}`, { id: definition.id, isNew, recordsTried: tried });
      });
    });
}

/** The log keeps no programs. */
function requireDeclared({ id, dialects }: Definition): void {
  for (const { steps } of dialects.values()) {
    const byHand = steps.find((step) => step.isByHand === true);
    if (byHand !== undefined)
      throw usageError(
        `${id} has a step of its own (${byHand.title}): the log keeps no programs. Say it with declared steps`,
      );
  }
}

/** How many records were tried. Exit code 1 when one breaks a law in every dialect. */
async function tryRecords(
  consumer: BytesConsumer,
  definition: Definition,
  topic: string,
  { last, warn }: Options,
): Promise<number> {
  const lenses = lensesOf(definition);
  let tried = 0;
  for await (const { partition, offset, value, headers } of recordsOf(consumer, topic, {
    last: Number(last),
  })) {
    if (value === null || headers.some(([name]) => name?.toString() === FORM_HEADER)) continue;
    tried++;
    const reason = brokenEverywhere(lenses, value);
    if (reason === undefined) continue;
    const message = `${topic}, partition ${partition}, offset ${offset}: ${reason}`;
    if (warn !== true) throw new CommandFailed(EXIT.failed, `${message}\nNot published. See: --warn`);
    process.stderr.write(`${message}\n`);
  }
  return tried;
}

function brokenEverywhere(lenses: readonly Lens[], value: Buffer): string | undefined {
  const reasons: string[] = [];
  for (const lens of lenses) {
    const broken = brokenLaw(lens, value);
    if (broken === undefined) return undefined;
    reasons.push(
      `${lens.form}: ${broken.law === undefined ? '' : `${broken.law} is broken: `}${broken.reason}`,
    );
  }
  return reasons.join('; ');
}
