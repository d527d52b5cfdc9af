/** OffsetTopics: the topics of an offset commit, which come by name or by id, with what there is of them. */
import type { ClusterImage } from '../cluster/index.ts';
import { ERRORS } from '../protocol/index.ts';

/** The topic with both of its names, which of its partitions there are, and the code of those that are not. */
export function resolveTopic<T extends { readonly name: string; readonly topicId: string }>(
  image: ClusterImage,
  topic: T,
  byId: boolean,
) {
  const found = byId ? image.findById(topic.topicId) : image.find(topic.name);
  return {
    topic: found === undefined ? topic : { ...topic, name: found.name, topicId: found.id },
    exists: (index: number) => found !== undefined && index >= 0 && index < found.partitionCount,
    missing: ERRORS[byId && found === undefined ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'][0],
  };
}
