/** Group epoch: rises by one for each change of members, subscriptions or topics, with the hash of the topics as they are. */
import type { Draft } from './draft.ts';
import { metadataHash } from './topics.ts';
import { epochRecord } from './write.ts';

/** Raises the epoch when it must, or when the topics are others than at the last time. */
export function bumpIfNeeded(draft: Draft, must: boolean): void {
  const { group, world } = draft;
  const hash = metadataHash(group, world.topics);
  if (!must && hash === group.metadataHash) return;
  draft.write(epochRecord(group.groupId, group.epoch + 1, hash));
  if (group.hasPartitionMetadata)
    draft.write({ type: 'consumerGroupPartitionMetadata', key: { groupId: group.groupId }, value: null });
}
