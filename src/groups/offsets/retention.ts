/**
 * Retention of offsets (`offsets.retention.minutes`): what is old enough to be forgotten, from state and time alone.
 *
 *   no members, had some     everything, counted from the moment the group became empty
 *   never had members        each offset, counted from its commit
 *   Stable consumers         topics that no member reads any more, counted from the commit; the same for consumer groups in
 *                            every state
 *   anything else            nothing
 *
 * An offset that was committed with its own retention (v2-v4) lives exactly as long as it says.
 */
import type { Group } from '../group.ts';
import type { OffsetCommitValue } from '../records.ts';
import { CONSUMER_PROTOCOL_TYPE } from '../subscription.ts';
import type { CommittedOffsets } from './committed.ts';

/** The offsets to forget now: (topic, partition). */
export function expiredOffsets(
  group: Group,
  offsets: CommittedOffsets,
  { wallMs, retentionMs }: { wallMs: number; retentionMs: number },
): { topic: string; partition: number }[] {
  const since = countingFrom(group);
  const expired: { topic: string; partition: number }[] = [];
  if (since === undefined) return expired;
  const inUse = group.subscribedTopics();
  for (const [topic, partitions] of offsets.topics()) {
    if (inUse?.has(topic)) continue;
    for (const [partition, value] of partitions) {
      const end = value.expireTimestamp === -1 ? since(value) + retentionMs : value.expireTimestamp;
      if (wallMs >= end) expired.push({ topic, partition });
    }
  }
  return expired;
}

/** From which moment an offset grows old; undefined: it does not. */
function countingFrom(group: Group): ((value: OffsetCommitValue) => number) | undefined {
  const fromCommit = (value: OffsetCommitValue) => value.commitTimestamp;
  if (group.protocolType === null) return group.state === 'Empty' ? fromCommit : undefined;
  if (group.state === 'Empty') {
    const { stateSinceMs } = group;
    return stateSinceMs === -1 ? fromCommit : () => stateSinceMs;
  }
  const readable = group.protocolType === CONSUMER_PROTOCOL_TYPE && group.subscribedTopics() !== undefined;
  return (group.state === 'Stable' || group.type === 'consumer') && readable ? fromCommit : undefined;
}
