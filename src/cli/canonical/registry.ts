/**
 * Registry: definitions on the log, in the compacted topic `__canonical`: key `order@1`, value the definition as JSON in
 * canonical form. A version is written once and never changed: the first record of a key counts.
 */
import type { Admin } from '@platformatic/kafka';
import {
  canonicalBytes,
  type Definition,
  DefinitionError,
  parseJsonDefinition,
  REGISTRY,
} from '../../canonical/index.ts';
import { apiErrorOf, explainClient } from '../client/explain.ts';
import type { BytesConsumer, BytesProducer } from '../client/session.ts';
import { topicConfigs } from '../client/topics.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { recordsOf } from './records-of.ts';

/** By id; none where there is no such topic. Exit code 1 for one that cannot be read. */
export async function publishedDefinitions(consumer: BytesConsumer): Promise<Map<string, Definition>> {
  const definitions = new Map<string, Definition>();
  for (const [id, text] of await publishedTexts(consumer)) definitions.set(id, definitionOf(id, text));
  return definitions;
}

export async function requirePublished(consumer: BytesConsumer, id: string): Promise<Definition> {
  const texts = await publishedTexts(consumer);
  const text = texts.get(id);
  if (text !== undefined) return definitionOf(id, text);
  const known = [...texts.keys()].join(', ') || 'none';
  throw new CommandFailed(EXIT.notFound, `${id} is not published; published are: ${known}`);
}

/** False when the very same was published before. Exit code 4 when another one was. */
export async function publish(
  admin: Admin,
  consumer: BytesConsumer,
  producer: BytesProducer,
  { id, document, dialects }: Definition,
): Promise<boolean> {
  await requireCompacted(admin, REGISTRY, 1);
  const sides = new Set([...dialects.values()].map(({ complementTopic }) => complementTopic));
  for (const topic of sides) if (topic !== undefined) await requireCompacted(admin, topic);
  const value = canonicalBytes(document);
  const before = (await publishedTexts(consumer)).get(id);
  if (before === value.toString()) return false;
  if (before === undefined) {
    await producer.send({ messages: [{ topic: REGISTRY, partition: 0, key: Buffer.from(id), value }] });
    if ((await publishedTexts(consumer)).get(id) === value.toString()) return true;
  }
  const [name, version] = id.split('@');
  throw new CommandFailed(
    EXIT.conflict,
    `${id} is published already, with other contents: a version never changes. Publish ${name}@${Number(version) + 1}`,
  );
}

async function publishedTexts(consumer: BytesConsumer): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  try {
    for await (const { key, value } of recordsOf(consumer, REGISTRY))
      if (key !== null && value !== null && !texts.has(key.toString()))
        texts.set(key.toString(), value.toString());
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.exitCode !== EXIT.notFound) throw error;
  }
  return texts;
}

/** Makes the topic where it is not; exit code 4 when it is, and would lose records. */
async function requireCompacted(admin: Admin, topic: string, partitions = -1): Promise<void> {
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

function definitionOf(id: string, text: string): Definition {
  try {
    return parseJsonDefinition(text, `${REGISTRY}/${id}`);
  } catch (error) {
    if (error instanceof DefinitionError) throw new CommandFailed(EXIT.failed, error.message);
    throw error;
  }
}
