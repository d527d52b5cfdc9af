/** Which partition of `__consumer_offsets` keeps a group: Java's String.hashCode over UTF-16 units, as in Kafka. */
export function partitionOfGroup(groupId: string, partitionCount: number): number {
  let hash = 0;
  for (let i = 0; i < groupId.length; i++) hash = (Math.imul(31, hash) + groupId.charCodeAt(i)) | 0;
  return (hash & 0x7fffffff) % partitionCount;
}
