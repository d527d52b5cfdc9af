/**
 * A classic group as a record, and back.
 *
 * `replayGroupMetadata` is the only way into Stable and Empty, at work and after a restart alike. At work it finds the
 * members that wrote the record and gives them their assignments; after a restart it makes them from the record.
 */
import { ownCopy } from '../../base/index.ts';
import type { GroupMetadataValue, GroupRecord, MemberMetadata } from '../records.ts';
import type { ClassicGroup } from './group.ts';
import { ClassicMember, type MemberTerms } from './member.ts';

export function groupMetadataRecord(
  group: ClassicGroup,
  {
    sinceMs = group.stateSinceMs,
    assignments,
  }: { sinceMs?: number; assignments?: ReadonlyMap<string, Buffer> } = {},
): GroupRecord {
  const members = Array.from(group.members.values(), (member) => ({
    memberId: member.id,
    groupInstanceId: member.identity.groupInstanceId,
    clientId: member.identity.clientId,
    clientHost: member.identity.clientHost,
    rebalanceTimeout: member.terms.rebalanceTimeoutMs,
    sessionTimeout: member.terms.sessionTimeoutMs,
    subscription: member.metadataOf(group.protocolName),
    assignment: assignments?.get(member.id) ?? member.assignment,
  }));
  return {
    type: 'groupMetadata',
    key: { group: group.groupId },
    value: {
      protocolType: group.protocolType ?? '',
      generation: group.generation,
      protocol: group.protocolName,
      leader: group.leaderId,
      currentStateTimestamp: sinceMs,
      members,
    },
  };
}

export function replayGroupMetadata(group: ClassicGroup, value: GroupMetadataValue): void {
  group.recorded = true;
  group.protocolType = value.protocolType === '' ? null : value.protocolType;
  group.protocolName = value.protocol;
  group.generation = value.generation;
  const remaining = new Set(value.members.map(({ memberId }) => memberId));
  for (const memberId of group.members.keys()) if (!remaining.has(memberId)) group.remove(memberId);
  for (const metadata of value.members) {
    const member = group.members.get(metadata.memberId) ?? addFromRecord(group, metadata, value);
    const known = member.metadataOf(value.protocol);
    if (!known.equals(metadata.subscription)) member.terms = termsIn(metadata, value.protocol);
    member.assignment = ownCopy(metadata.assignment); // G3
  }
  group.leaderId = value.leader;
  group.restoreState(value.members.length === 0 ? 'Empty' : 'Stable', value.currentStateTimestamp);
}

function addFromRecord(
  group: ClassicGroup,
  metadata: MemberMetadata,
  value: GroupMetadataValue,
): ClassicMember {
  const { memberId, groupInstanceId, clientId, clientHost } = metadata;
  const member = new ClassicMember(
    { memberId, groupInstanceId, clientId, clientHost },
    termsIn(metadata, value.protocol),
  );
  group.add(member, value.protocolType);
  return member;
}

function termsIn(metadata: MemberMetadata, protocol: string | null): MemberTerms {
  const { sessionTimeout, rebalanceTimeout, subscription } = metadata;
  return {
    sessionTimeoutMs: sessionTimeout,
    rebalanceTimeoutMs: rebalanceTimeout === -1 ? sessionTimeout : rebalanceTimeout,
    protocols: protocol === null ? [] : [{ name: protocol, metadata: ownCopy(subscription) }],
  };
}
