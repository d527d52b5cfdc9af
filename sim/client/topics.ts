/** Topics as clients know them: name, id, partitions; asked for by Metadata. */
import { metadataApi, createTopicsApi, errorNameOf } from '../../src/protocol/index.ts';
import type { Link } from './bootstrap.ts';

export interface TopicRef {
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
}

const METADATA_VERSION = 12;
const CREATE_VERSION = 7;

/** Undefined: it does not exist (now). */
export async function describeTopic(link: Link, name: string): Promise<TopicRef | undefined> {
  const { topics } = await link.ask((connection, timeoutMs) =>
    connection.send(
      metadataApi,
      METADATA_VERSION,
      { topics: [{ name }], allowAutoTopicCreation: false, includeTopicAuthorizedOperations: false },
      timeoutMs,
    ),
  );
  const [topic] = topics;
  if (topic === undefined || topic.errorCode !== 0) return undefined;
  return { name, id: topic.topicId, partitions: topic.partitions.length };
}

/** The topic, made when it is not there. Asks until the broker could say. */
export async function ensureTopic(
  link: Link,
  name: string,
  partitions: number,
  configs: Readonly<Record<string, string>>,
): Promise<TopicRef> {
  for (;;) {
    const { topics } = await link.ask((connection, timeoutMs) =>
      connection.send(
        createTopicsApi,
        CREATE_VERSION,
        {
          topics: [
            {
              name,
              numPartitions: partitions,
              replicationFactor: -1,
              assignments: [],
              configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
            },
          ],
          timeoutMs: 30_000,
          validateOnly: false,
        },
        timeoutMs,
      ),
    );
    const error = errorNameOf(topics[0]!.errorCode);
    if (error !== 'NONE' && error !== 'TOPIC_ALREADY_EXISTS' && error !== 'KAFKA_STORAGE_ERROR')
      throw new Error(`topic ${name}: ${error} ${topics[0]!.errorMessage}`);
    const found = await describeTopic(link, name);
    if (found !== undefined) return found;
    await link.pause();
  }
}
