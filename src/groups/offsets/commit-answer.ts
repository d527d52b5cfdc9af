/** CommitAnswer: what a commit of offsets is answered with, in a transaction or outside of one. */
interface CommittedTopic<P> {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: readonly P[];
}

/** One error for all partitions, or each its own. */
export function commitAnswer<P extends { readonly partitionIndex: number }, T extends CommittedTopic<P>>(
  request: { readonly topics: readonly (T & CommittedTopic<P>)[] },
  code: number | ((topic: T, partition: P) => number),
) {
  const topics = request.topics.map((topic) => ({
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitions.map((partition) => ({
      partitionIndex: partition.partitionIndex,
      errorCode: typeof code === 'number' ? code : code(topic, partition),
    })),
  }));
  return { throttleTimeMs: 0, topics };
}
