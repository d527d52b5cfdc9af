/** gregor canonical restore: the raw records again, or exactly what is missing. */
import { Command } from 'commander';
import { Complements } from '../canonical/complements.ts';
import { recordsOf } from '../canonical/records-of.ts';
import { publishedDefinitions } from '../canonical/registry.ts';
import { Tally } from '../canonical/tally.ts';
import { WayBack } from '../canonical/way-back.ts';
import { type BootstrapOptions, withBootstrap } from '../client/bootstrap.ts';
import { NO_GROUP } from '../client/groups.ts';
import type { ReadRecord } from '../client/log-reader.ts';
import { recordJson } from '../client/record-view.ts';
import type { BytesConsumer, BytesProducer } from '../client/session.ts';
import { requireTopic } from '../client/topics.ts';
import { EXIT, usageError } from '../exit-codes.ts';

interface Options extends BootstrapOptions {
  readonly to?: string;
}

type Write = (record: ReadRecord) => Promise<void>;

const BATCH_RECORDS = 1000;
const HELP = `
Ends with 1 when a record could not be restored; each reason is told with its first record.
Examples:
  gregor canonical restore shop.orders > raw.jsonl             one JSON object a line, as of gregor consume
  gregor canonical restore shop.orders --to shop.orders.raw    into a topic, partition by partition`;

export function canonicalRestoreCommand(): Command {
  return withBootstrap(new Command('restore'))
    .description('turn canonical records back into the raw ones, byte for byte')
    .argument('<topic>', 'of canonical records')
    .option('--to <topic>', 'write them there; it must have as many partitions; default: lines of JSON')
    .addHelpText('after', HELP)
    .action(async (topic: string, options: Options) => {
      if (options.to === topic) throw usageError('--to must be another topic');
      const { withConsumer, withProducer } = await import('../client/session.ts');
      await withConsumer(options, 'canonical restore', { groupId: NO_GROUP }, async (consumer) => {
        if (options.to === undefined) return restore(consumer, topic, toLines(topic));
        const { to } = options;
        await requireRoom(consumer, topic, to);
        await withProducer(options, 'canonical restore', { acks: -1, idempotent: true }, async (producer) => {
          const writer = new TopicWriter(producer, to);
          await restore(consumer, topic, (record) => writer.write(record));
          await writer.flush();
        });
      });
    });
}

async function restore(consumer: BytesConsumer, topic: string, write: Write): Promise<void> {
  const complements = new Complements(consumer);
  const wayBack = new WayBack(await publishedDefinitions(consumer), complements);
  const tally = new Tally();
  for await (const record of recordsOf(consumer, topic)) {
    const found = wayBack.of(record);
    const turnedBack = found instanceof Promise ? await found : found;
    tally.add(record, turnedBack);
    const { raw, missing } = turnedBack;
    if (raw === undefined || missing !== undefined) continue;
    const value = raw.value === null ? null : Buffer.from(raw.value);
    const headers = raw.headers.map(
      ([name, text]) => [Buffer.from(name), text === null ? null : Buffer.from(text)] as const,
    );
    await write({ ...record, value, headers });
  }
  complements.close();
  process.stderr.write(`${tally.text(topic, 'restored')}\n`);
  if (!tally.isWhole) process.exitCode = EXIT.failed;
}

function toLines(topic: string): Write {
  return async (record) => {
    if (!process.stdout.write(`${JSON.stringify(recordJson(topic, record))}\n`))
      await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
  };
}

/** Keeps partition, key and time; one batch is in flight, so that the order stays. */
class TopicWriter {
  readonly #producer: BytesProducer;
  readonly #topic: string;
  #batch: ReadRecord[] = [];

  constructor(producer: BytesProducer, topic: string) {
    this.#producer = producer;
    this.#topic = topic;
  }

  async write(record: ReadRecord): Promise<void> {
    this.#batch.push(record);
    if (this.#batch.length >= BATCH_RECORDS) await this.flush();
  }

  async flush(): Promise<void> {
    const messages = this.#batch.map(({ partition, timestamp, key, value, headers }) => ({
      topic: this.#topic,
      partition,
      timestamp,
      key: key!,
      value: value!,
      headers: new Map(headers.map(([name, text]) => [name!, text!])),
    }));
    this.#batch = [];
    if (messages.length > 0) await this.#producer.send({ messages });
  }
}

async function requireRoom(consumer: BytesConsumer, from: string, to: string): Promise<void> {
  const [source, target] = [await requireTopic(consumer, from), await requireTopic(consumer, to)];
  const [wanted, found] = [source.partitions.length, target.partitions.length];
  if (found < wanted) throw usageError(`--to ${to}: it has ${found} partitions, ${from} has ${wanted}`);
}
