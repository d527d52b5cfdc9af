/** Topics of a consumer group: which of them exist, and a hash that changes whenever a reason to assign anew appears. */
import { crc32c, murmur2 } from '../../base/index.ts';
import type { TopicView } from '../topics.ts';
import type { ConsumerGroup } from './group.ts';
import type { ConsumerMember } from './member.ts';

/** Ids of the topics that a member reads and that exist. */
export function topicIdsOf(group: ConsumerGroup, member: ConsumerMember, topics: TopicView): Set<string> {
  const ids = new Set<string>();
  for (const name of group.topicNamesOf(member)) {
    const topic = topics.find(name);
    if (topic !== undefined) ids.add(topic.id);
  }
  return ids;
}

/**
 * Over id and partition count of each existing topic that the group reads; 0 when there is none. Kafka hashes the same
 * facts in another way (KIP-1101); whoever reads another's hash only assigns once more than needed.
 */
export function metadataHash(group: ConsumerGroup, topics: TopicView): number {
  const facts: string[] = [];
  for (const name of group.subscribedTopics()) {
    const topic = topics.find(name);
    if (topic !== undefined) facts.push(`${topic.id} ${topic.partitionCount}`);
  }
  if (facts.length === 0) return 0;
  const bytes = Buffer.from(facts.sort().join('\n'));
  return crc32c(bytes) * 2 ** 21 + (murmur2(bytes) & (2 ** 21 - 1)); // 53 bits: what a number holds
}
