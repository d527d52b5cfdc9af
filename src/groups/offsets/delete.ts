/**
 * OffsetDelete and the end of offsets by other hands: tombstones for what is no longer wanted.
 *
 * Offsets of a topic that a member still reads stay (GROUP_SUBSCRIBED_TO_TOPIC); a group with members whose protocol we
 * cannot read keeps everything (NON_EMPTY_GROUP).
 */
import {
  ERRORS,
  KafkaError,
  type OffsetDeleteRequest,
  type OffsetDeleteResponse,
} from '../../protocol/index.ts';
import type { Decision } from '../decision.ts';
import type { Group } from '../group.ts';
import { CONSUMER_PROTOCOL_TYPE } from '../subscription.ts';
import type { CommittedOffsets } from './committed.ts';

export function deleteOffsets(
  decision: Decision,
  group: Group,
  offsets: CommittedOffsets | undefined,
  request: OffsetDeleteRequest,
): OffsetDeleteResponse {
  if (group.state !== 'Empty' && group.protocolType !== CONSUMER_PROTOCOL_TYPE)
    throw new KafkaError('NON_EMPTY_GROUP');
  const inUse = group.subscribedTopics();
  const topics = request.topics.map(({ name, partitions }) => {
    const errorCode = inUse === undefined || inUse.has(name) ? ERRORS.GROUP_SUBSCRIBED_TO_TOPIC[0] : 0;
    for (const { partitionIndex } of partitions)
      if (errorCode === 0 && offsets?.find(name, partitionIndex) !== undefined)
        forget(decision, request.groupId, name, partitionIndex);
    return { name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) };
  });
  return { errorCode: 0, throttleTimeMs: 0, topics };
}

export function offsetsNotDeleted(errorCode: number): OffsetDeleteResponse {
  return { errorCode, throttleTimeMs: 0, topics: [] };
}

/** A tombstone for every offset of the group that the filter names. */
export function forgetOffsets(
  decision: Decision,
  group: string,
  offsets: CommittedOffsets,
  doomed: (topic: string, partition: number) => boolean,
): void {
  for (const [topic, partitions] of offsets.topics())
    for (const partition of partitions.keys())
      if (doomed(topic, partition)) forget(decision, group, topic, partition);
}

function forget(decision: Decision, group: string, topic: string, partition: number): void {
  decision.write({ type: 'offsetCommit', key: { group, topic, partition }, value: null });
}
