/**
 * Which partition of `__consumer_offsets` keeps a group: the absolute value of Java's String.hashCode (over UTF-16 units), as
 * in Kafka; the least int32, which has none, counts as 0.
 */
export function partitionOfGroup(groupId: string, partitionCount: number): number {
  let hash = 0;
  for (let i = 0; i < groupId.length; i++) hash = (Math.imul(31, hash) + groupId.charCodeAt(i)) | 0;
  return hash === -(2 ** 31) ? 0 : Math.abs(hash) % partitionCount;
}
