/**
 * Commits and fetches of a consumer group's members, fenced by their epoch.
 *
 *   the present epoch      all partitions
 *   an older one           partitions that were the member's in that epoch already, and still are or are being given back (KIP-1251)
 *   a newer one            nothing
 *
 * Members of the consumer protocol hear STALE_MEMBER_EPOCH, classic clients ILLEGAL_GENERATION.
 */
import { KafkaError } from '../../protocol/index.ts';
import type { ConsumerGroup } from './group.ts';
import { unknownMember } from './identity.ts';
import type { ConsumerMember } from './member.ts';

const MEMBER_EPOCHS_SINCE = 9;

/** The error of one partition; 0: none. */
export type PartitionCheck = (topicId: string, partition: number) => number;
const ALL_ARE_FINE: PartitionCheck = () => 0;

export interface CommittingMember {
  readonly memberId: string;
  readonly epoch: number;
  readonly version: number;
}

/** Throws what holds for all partitions; gives back what must be asked for each. */
export function checkCommit(
  group: ConsumerGroup,
  { memberId, epoch, version }: CommittingMember,
): PartitionCheck {
  if (epoch < 0 && group.members.size === 0) return ALL_ARE_FINE;
  const member = group.members.get(memberId);
  if (member === undefined) throw unknownMember(memberId, group.groupId);
  if (member.classic === null && version < MEMBER_EPOCHS_SINCE)
    throw new KafkaError(
      'UNSUPPORTED_VERSION',
      'OffsetCommit version 9 or above must be used by members using the consumer group protocol',
    );
  if (epoch === member.epoch) return ALL_ARE_FINE;
  if (epoch > member.epoch) throw stale(member);
  return (topicId, partition) => {
    const since =
      member.assigned.get(topicId)?.get(partition) ?? member.revoking.get(topicId)?.get(partition);
    return since !== undefined && epoch >= since ? 0 : stale(member).code;
  };
}

/** Throws UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH, ILLEGAL_GENERATION. Whoever does not say who he is may look. */
export function checkFetch(group: ConsumerGroup, memberId: string | null, epoch: number): void {
  if (memberId === null && epoch < 0) return;
  const member = memberId === null ? undefined : group.members.get(memberId);
  if (member === undefined) throw unknownMember(memberId ?? '', group.groupId);
  if (epoch !== member.epoch) throw stale(member);
}

function stale(member: ConsumerMember): KafkaError {
  return new KafkaError(member.classic === null ? 'STALE_MEMBER_EPOCH' : 'ILLEGAL_GENERATION');
}
