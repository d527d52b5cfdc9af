/**
 * PublishedOnce: texts under a name and a version (`order@1`) in a compacted topic of one partition. A version is written once and never
 * changed: the first record of a key counts.
 */
import type { Admin } from '@platformatic/kafka';
import { apiErrorOf, explainClient } from '../client/explain.ts';
import type { BytesConsumer, BytesProducer } from '../client/session.ts';
import { topicConfigs } from '../client/topics.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { recordsOf } from './records-of.ts';

export interface Clients {
  readonly admin: Admin;
  readonly consumer: BytesConsumer;
  readonly producer: BytesProducer;
}

/** By id; none where there is no such topic. */
export async function publishedTexts(consumer: BytesConsumer, topic: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  try {
    for await (const { key, value } of recordsOf(consumer, topic))
      if (key !== null && value !== null && !texts.has(key.toString()))
        texts.set(key.toString(), value.toString());
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.exitCode !== EXIT.notFound) throw error;
  }
  return texts;
}

/** Exit code 3 when it is not published. */
export async function requireText(consumer: BytesConsumer, topic: string, id: string): Promise<string> {
  const texts = await publishedTexts(consumer, topic);
  const text = texts.get(id);
  if (text !== undefined) return text;
  const known = [...texts.keys()].join(', ') || 'none';
  throw new CommandFailed(EXIT.notFound, `${id} is not published; published are: ${known}`);
}

/** False when the very same was published before. Exit code 4 when another one was. */
export async function publishOnce(
  { admin, consumer, producer }: Clients,
  topic: string,
  id: string,
  value: Buffer,
): Promise<boolean> {
  await requireCompacted(admin, topic, 1);
  const before = (await publishedTexts(consumer, topic)).get(id);
  if (before === value.toString()) return false;
  if (before === undefined) {
    await producer.send({ messages: [{ topic, partition: 0, key: Buffer.from(id), value }] });
    if ((await publishedTexts(consumer, topic)).get(id) === value.toString()) return true;
  }
  const [name, version] = id.split('@');
  throw new CommandFailed(
    EXIT.conflict,
    `${id} is published already, with other contents: a version never changes. Publish ${name}@${Number(version) + 1}`,
  );
}

/** Makes the topic where it is not; exit code 4 when it is, and would lose records. */
export async function requireCompacted(admin: Admin, topic: string, partitions = -1): Promise<void> {
  try {
    const configs = [{ name: 'cleanup.policy', value: 'compact' }];
    await admin.createTopics({ topics: [topic], partitions, replicas: -1, configs });
    return;
  } catch (error) {
    if (apiErrorOf(error) !== 'TOPIC_ALREADY_EXISTS') throw explainClient(error, topic);
  }
  const policy = (await topicConfigs(admin, topic)).get('cleanup.policy');
  if (policy !== 'compact')
    throw new CommandFailed(
      EXIT.conflict,
      `${topic} has cleanup.policy=${policy}, which takes old records away. Set it to compact first: kafka-configs --alter --topic ${topic} --add-config cleanup.policy=compact`,
    );
}
