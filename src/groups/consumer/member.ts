/**
 * Member of a consumer group: what it asked for, and what it owns. A value: every change makes a new one.
 *
 *   stable       owns all of its target
 *   unrevoked    was told to give partitions back, and has not said that it did; stays in its epoch
 *   unreleased   waits for partitions that others have not given back
 *   unknown      written by a later program
 *
 * A member is `classic` when its client speaks the classic protocol: its generation is the member epoch.
 */
import { NO_PARTITIONS, type OwnedPartitions, samePartitions } from './partitions.ts';

export type MemberState = 'stable' | 'unrevoked' | 'unreleased' | 'unknown';

export interface ClassicTerms {
  readonly sessionTimeoutMs: number;
  readonly protocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

export interface ConsumerMember {
  readonly id: string;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** Sorted, each once. */
  readonly topicNames: readonly string[];
  /** An RE2 expression over whole topic names; '' for none. */
  readonly topicRegex: string;
  /** Milliseconds; -1: never said. */
  readonly rebalanceTimeoutMs: number;
  readonly assignor: string | null;
  readonly classic: ClassicTerms | null;
  readonly epoch: number;
  /** Still accepted: the answer that brought the present one may be lost. */
  readonly previousEpoch: number;
  readonly state: MemberState;
  readonly assigned: OwnedPartitions;
  /** Given back in words only: the member may still work on them. */
  readonly revoking: OwnedPartitions;
}

/** Of a group that nobody has joined: its first member finds the second, as in Kafka. */
export const FIRST_EPOCH = 1;
export const JOINING_EPOCH = 0;
export const LEAVING_EPOCH = -1;
/** A static member that will be back. */
export const LEAVING_FOR_A_WHILE_EPOCH = -2;

export function newMember(id: string): ConsumerMember {
  return {
    id,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    topicNames: [],
    topicRegex: '',
    rebalanceTimeoutMs: -1,
    assignor: null,
    classic: null,
    epoch: JOINING_EPOCH,
    previousEpoch: -1,
    state: 'stable',
    assigned: NO_PARTITIONS,
    revoking: NO_PARTITIONS,
  };
}

export function movedTo(member: ConsumerMember, epoch: number): ConsumerMember {
  return member.epoch === epoch ? member : { ...member, epoch, previousEpoch: member.epoch };
}

export function isReconciled(member: ConsumerMember, assignmentEpoch: number): boolean {
  return member.state === 'stable' && member.epoch === assignmentEpoch;
}

export function sortedNames(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

/** How far it has come, and what it owns. */
export function hasSameStanding(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    a.state === b.state &&
    a.epoch === b.epoch &&
    samePartitions(a.assigned, b.assigned) &&
    samePartitions(a.revoking, b.revoking)
  );
}

/** Everything that a member says of itself; what it owns does not count. */
export function samePerson(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    a.instanceId === b.instanceId &&
    a.rackId === b.rackId &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    sameNames(a.topicNames, b.topicNames) &&
    a.topicRegex === b.topicRegex &&
    a.rebalanceTimeoutMs === b.rebalanceTimeoutMs &&
    a.assignor === b.assignor &&
    sameClassicTerms(a.classic, b.classic)
  );
}

function sameClassicTerms(a: ClassicTerms | null, b: ClassicTerms | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.sessionTimeoutMs === b.sessionTimeoutMs &&
    a.protocols.length === b.protocols.length &&
    a.protocols.every(({ name, metadata }, i) => {
      const other = b.protocols[i]!;
      return name === other.name && metadata.equals(other.metadata);
    })
  );
}
