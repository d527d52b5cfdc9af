/** Words of scripts over classic groups: joins, syncs, heartbeats, leaves, commits, in their shortest form. */
import {
  describeGroupsApi,
  type DescribeGroupsResponse,
  heartbeatApi,
  encodeSubscription,
  type HeartbeatResponse,
  joinGroupApi,
  leaveGroupApi,
  offsetCommitApi,
  offsetFetchApi,
  syncGroupApi,
} from '../../../src/protocol/index.ts';
import { ask, begin, end, type Run, type Step } from '../script.ts';

/** A subscription of the consumer protocol: version 0, no topics, no user data. Kafka's groups hang on one that is malformed. */
export const META = Buffer.from('000000000000ffffffff', 'hex');

export const REBALANCE_IN_PROGRESS = 27;

export interface Join {
  readonly memberId?: (run: Run) => string;
  readonly instance?: string | null;
  readonly protocols?: readonly string[];
  readonly protocolType?: string;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly metadata?: Buffer;
  readonly reason?: string;
  readonly as?: string;
  readonly on?: string;
}

export const join = (groupId: string, version = 5, how: Join = {}) =>
  ask(
    joinGroupApi,
    version,
    (run) => ({
      groupId,
      sessionTimeoutMs: how.sessionTimeoutMs ?? 10_000,
      rebalanceTimeoutMs: how.rebalanceTimeoutMs ?? 10_000,
      memberId: how.memberId?.(run) ?? '',
      groupInstanceId: how.instance ?? null,
      protocolType: how.protocolType ?? 'consumer',
      protocols: (how.protocols ?? ['range']).map((name) => ({ name, metadata: how.metadata ?? META })),
      ...(how.reason === undefined ? {} : { reason: how.reason }),
    }),
    { ...(how.as === undefined ? {} : { as: how.as }), ...(how.on === undefined ? {} : { on: how.on }) },
  );

export const idOf = (label: string) => (run: Run) => run.answer(joinGroupApi, label).memberId;

/** A group with one member, in generation 1, assigned. */
export const alone = (groupId: string) => [
  join(groupId, 5, { as: 'id' }),
  join(groupId, 5, { memberId: idOf('id'), as: 'joined' }),
  ask(syncGroupApi, 3, (run) => ({
    groupId,
    generationId: 1,
    memberId: idOf('id')(run),
    assignments: [{ memberId: idOf('id')(run), assignment: Buffer.from('abc') }],
  })),
];

export const commit = (
  groupId: string,
  topic: string,
  how: {
    generation?: number;
    member?: (run: Run) => string;
    offset?: number;
    metadata?: string | null;
    partition?: number;
    version?: number;
  } = {},
) =>
  ask(offsetCommitApi, how.version ?? 8, (run) => ({
    groupId,
    generationIdOrMemberEpoch: how.generation ?? -1,
    memberId: how.member?.(run) ?? '',
    topics: [
      {
        name: topic,
        partitions: [
          {
            partitionIndex: how.partition ?? 0,
            committedOffset: how.offset ?? 1,
            committedMetadata: how.metadata === undefined ? 'note' : how.metadata,
          },
        ],
      },
    ],
  }));

export const committed = (
  groupId: string,
  topics: readonly { name: string; partitionIndexes: readonly number[] }[] | null,
  version = 7,
) => ask(offsetFetchApi, version, { groupId, topics });

export const heartbeat = (
  groupId: string,
  generationId: number,
  memberId: (run: Run) => string,
  version = 3,
) => ask(heartbeatApi, version, (run) => ({ groupId, generationId, memberId: memberId(run) }));

export const described = (groupId: string, version = 5) =>
  ask(describeGroupsApi, version, { groups: [groupId] });
export const stranger = () => 'nobody';

export interface Sync {
  readonly version?: number;
  readonly instance?: string;
  /** Whose assignment is what; a leader's word. */
  readonly gives?: readonly (readonly [member: (run: Run) => string, assignment: string])[];
  readonly protocolType?: string;
  readonly protocolName?: string;
  readonly on?: string;
}

export const sync = (groupId: string, generationId: number, memberId: (run: Run) => string, how: Sync = {}) =>
  ask(
    syncGroupApi,
    how.version ?? 3,
    (run) => ({
      groupId,
      generationId,
      memberId: memberId(run),
      ...(how.instance === undefined ? {} : { groupInstanceId: how.instance }),
      ...(how.protocolType === undefined ? {} : { protocolType: how.protocolType }),
      ...(how.protocolName === undefined ? {} : { protocolName: how.protocolName }),
      assignments: (how.gives ?? []).map(([member, assignment]) => ({
        memberId: member(run),
        assignment: Buffer.from(assignment),
      })),
    }),
    how.on === undefined ? {} : { on: how.on },
  );

export interface Leaving {
  readonly member?: (run: Run) => string;
  readonly instance?: string;
  readonly reason?: string;
}

export const leave = (groupId: string, members: readonly Leaving[], version = 4, on = 'main') =>
  ask(
    leaveGroupApi,
    version,
    (run) => ({
      groupId,
      members: members.map(({ member, instance, reason }) => ({
        memberId: member?.(run) ?? '',
        groupInstanceId: instance ?? null,
        ...(reason === undefined ? {} : { reason }),
      })),
    }),
    { on },
  );

/** Asks with heartbeats until the group is as far. */
export const heartbeatUntil = (
  groupId: string,
  generationId: number,
  memberId: (run: Run) => string,
  errorCode: number,
) =>
  ask(heartbeatApi, 3, (run) => ({ groupId, generationId, memberId: memberId(run) }), {
    until: (answer: HeartbeatResponse) => answer.errorCode === errorCode,
  });

/** Describes until the group is in that state. */
export const describedUntil = (
  groupId: string,
  state: string,
  pick?: (answer: DescribeGroupsResponse) => unknown,
) =>
  ask(
    describeGroupsApi,
    5,
    { groups: [groupId] },
    { until: ({ groups }) => groups[0]?.groupState === state, ...(pick === undefined ? {} : { pick }) },
  );

/** Of a pair: the leader. Static where an instance is given. */
export const first = idOf('first');
/** Of a pair: the follower, on the connection `other`. */
export const second = idOf('second');

/** A member that is in at once: below v4 nobody has to take an id first. */
export const enter = (groupId: string, how: Join = {}) =>
  join(groupId, how.instance === undefined ? 3 : 5, how);

/** Two members that are joined in generation 2 and have not synced. */
export const joinedPair = (groupId: string, leader: Join = {}, follower: Join = {}): Step[] => [
  enter(groupId, { ...leader, as: 'first' }),
  begin('joining', enter(groupId, { ...follower, as: 'second', on: 'other' })),
  heartbeatUntil(groupId, 1, first, REBALANCE_IN_PROGRESS),
  enter(groupId, { ...leader, memberId: first }),
  end('joining'),
];

/** Two members that work in generation 2. */
export const pair = (groupId: string, leader: Join = {}, follower: Join = {}): Step[] => [
  ...joinedPair(groupId, leader, follower),
  sync(groupId, 2, first, {
    gives: [
      [first, 'A'],
      [second, 'B'],
    ],
  }),
  sync(groupId, 2, second, { on: 'other' }),
];

/** What a consumer of these topics says beside its protocol. */
export const reading = (...topics: string[]) =>
  encodeSubscription({ topics, userData: null, ownedPartitions: [] }, 1);
