/** Topics as a client sees them: found by name, or a refusal that lists what is there. */
import type { Admin, ClusterTopicMetadata, MetadataOptions } from '@platformatic/kafka';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { apiErrorOf } from './explain.ts';

/** DescribeConfigs' number for topics. */
const TOPIC_RESOURCE = 2;

interface MetadataSource {
  metadata(options: MetadataOptions): Promise<{ topics: Map<string, ClusterTopicMetadata> }>;
}

/** Exit code 3 when there is no such topic; with `create` it comes into being, where the broker allows it. */
export async function requireTopic(
  client: MetadataSource,
  name: string,
  options: { readonly create?: boolean } = {},
): Promise<ClusterTopicMetadata> {
  try {
    const { topics } = await client.metadata({
      topics: [name],
      autocreateTopics: options.create === true,
      forceUpdate: true,
      ...(options.create === true ? {} : { retries: 0 }),
    });
    const topic = topics.get(name);
    if (topic !== undefined && topic.partitions.length > 0) return topic;
  } catch (error) {
    if (!isUnknownTopic(error)) throw error;
  }
  throw new CommandFailed(
    EXIT.notFound,
    `There is no topic '${name}'. See: gregor topic list. Create it: gregor topic create ${name}`,
  );
}

/** All settings of a topic as they count now, by Kafka's names. */
export async function topicConfigs(admin: Admin, name: string): Promise<Map<string, string | null>> {
  const [described] = await admin.describeConfigs({
    resources: [{ resourceType: TOPIC_RESOURCE, resourceName: name }],
  });
  return new Map(described?.configs.map((config) => [config.name, config.value ?? null]));
}

/** The library answers from its own look at the metadata, without Kafka's name for the error. */
function isUnknownTopic(error: unknown): boolean {
  return (
    apiErrorOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION' ||
    (error instanceof Error && error.message.startsWith('Unknown topic'))
  );
}
