/**
 * Room: how much the members of the groups of one partition of `__consumer_offsets` may take in memory.
 *
 * What members say of themselves (protocols with opaque bytes, topic names, expressions) stays for as long as they live, and
 * anybody may join any number of groups: so it is bounded for one member and for all. Counted exactly only when the sum of all
 * that came since the last count has reached the limit: a join costs nothing for the others that are there.
 */
import { type ConsumerGroupHeartbeatRequest, type JoinGroupRequest, KafkaError } from '../protocol/index.ts';
import type { ClassicGroup } from './classic/index.ts';
import type { ConsumerGroup } from './consumer/index.ts';
import type { Group } from './group.ts';

const KIBIBYTE = 1024;
/** What one member says of itself. More is no record that Kafka would write for its group: UNKNOWN_SERVER_ERROR. */
const MEMBER_BYTES_MAX = 1024 * KIBIBYTE;
/** All members of one partition's groups, and the ids that wait to be used: then nobody new is taken, GROUP_MAX_SIZE_REACHED. */
const MEMBERS_BYTES_MAX = 16 * 1024 * KIBIBYTE;
/** Assignments that the leader of a group brings: UNKNOWN_SERVER_ERROR. */
const ASSIGNMENTS_BYTES_MAX = 8 * 1024 * KIBIBYTE;
/** A member, a group or an id beside its texts. */
const OBJECT_BYTES = 512;

export class GroupRoom {
  readonly #groups: ReadonlyMap<string, Group>;
  /** Never less than what the members take. */
  #bytes = 0;

  constructor(groups: ReadonlyMap<string, Group>) {
    this.#groups = groups;
  }

  /** Throws when a member that says so much has no room. */
  enter(bytes: number): void {
    if (bytes > MEMBER_BYTES_MAX)
      throw new KafkaError(
        'UNKNOWN_SERVER_ERROR',
        `a member of ${bytes} bytes; a member may take ${MEMBER_BYTES_MAX}`,
      );
    if (this.#bytes + bytes > MEMBERS_BYTES_MAX) this.#bytes = bytesOf(this.#groups.values());
    if (this.#bytes + bytes > MEMBERS_BYTES_MAX)
      throw new KafkaError(
        'GROUP_MAX_SIZE_REACHED',
        `the groups of this coordinator take ${this.#bytes} bytes already`,
      );
    this.#bytes += bytes;
  }
}

export function checkAssignments(assignments: readonly { readonly assignment: Buffer }[]): void {
  let bytes = 0;
  for (const { assignment } of assignments) bytes += assignment.length;
  if (bytes > ASSIGNMENTS_BYTES_MAX)
    throw new KafkaError(
      'UNKNOWN_SERVER_ERROR',
      `assignments of ${bytes} bytes; a group may have ${ASSIGNMENTS_BYTES_MAX}`,
    );
}

export function bytesOfJoin({ memberId, groupInstanceId, protocols }: JoinGroupRequest, clientId: string) {
  return OBJECT_BYTES + textBytes([memberId, groupInstanceId, clientId]) + bytesOfProtocols(protocols);
}

export function bytesOfHeartbeat(request: ConsumerGroupHeartbeatRequest, clientId: string): number {
  const { memberId, instanceId, rackId, subscribedTopicNames, subscribedTopicRegex } = request;
  const texts = [memberId, instanceId, rackId, clientId, subscribedTopicRegex];
  return OBJECT_BYTES + textBytes(texts) + textBytes(subscribedTopicNames ?? []);
}

function bytesOf(groups: Iterable<Group>): number {
  let bytes = 0;
  for (const group of groups)
    bytes += group.type === 'classic' ? bytesOfClassic(group) : bytesOfConsumer(group);
  return bytes;
}

function bytesOfClassic({ groupId, members, pendingJoins }: ClassicGroup): number {
  let bytes = OBJECT_BYTES + groupId.length;
  for (const { identity, terms } of members.values()) {
    const { memberId, groupInstanceId, clientId } = identity;
    bytes +=
      OBJECT_BYTES + textBytes([memberId, groupInstanceId, clientId]) + bytesOfProtocols(terms.protocols);
  }
  for (const memberId of pendingJoins.keys()) bytes += OBJECT_BYTES + memberId.length;
  return bytes;
}

function bytesOfConsumer({ groupId, members }: ConsumerGroup): number {
  let bytes = OBJECT_BYTES + groupId.length;
  for (const { id, instanceId, rackId, clientId, topicNames, topicRegex, classic } of members.values()) {
    bytes += OBJECT_BYTES + textBytes([id, instanceId, rackId, clientId, topicRegex]) + textBytes(topicNames);
    bytes += bytesOfProtocols(classic?.protocols ?? []);
  }
  return bytes;
}

function bytesOfProtocols(
  protocols: readonly { readonly name: string; readonly metadata: Buffer }[],
): number {
  let bytes = 0;
  for (const { name, metadata } of protocols) bytes += name.length + metadata.length;
  return bytes;
}

/** A short string costs about so much beside its characters. */
const STRING_BYTES = 24;

function textBytes(texts: readonly (string | null)[]): number {
  let bytes = 0;
  for (const text of texts) bytes += text === null ? 0 : STRING_BYTES + text.length;
  return bytes;
}
