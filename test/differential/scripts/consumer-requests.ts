/** Words of scripts over groups of the consumer protocol, and of classic members in the same group (`old…`). */
import {
  consumerGroupDescribeApi,
  consumerGroupHeartbeatApi,
  encodeAssignment,
  encodeSubscription,
  heartbeatApi,
  joinGroupApi,
  offsetCommitApi,
  offsetFetchApi,
  syncGroupApi,
} from '../../../src/protocol/index.ts';
import { ask, makeTopic, type Run, type Step } from '../script.ts';

export interface Beat {
  readonly id?: string;
  readonly epoch?: number;
  readonly topics?: readonly string[] | null;
  readonly regex?: string | null;
  /** Partitions of the script's own topic; null: not said. */
  readonly owned?: readonly number[] | null;
  readonly instance?: string | null;
  readonly rack?: string | null;
  readonly timeout?: number;
  readonly assignor?: string | null;
  readonly version?: number;
  readonly groupId?: string;
}

/** A heartbeat as it is said; what is left out is left out. */
export const beat = (group: string, how: Beat = {}) =>
  ask(consumerGroupHeartbeatApi, how.version ?? 1, (run: Run) => ({
    groupId: how.groupId ?? group,
    memberId: how.id ?? 'a',
    memberEpoch: how.epoch ?? 0,
    instanceId: how.instance ?? null,
    rackId: how.rack ?? null,
    rebalanceTimeoutMs: how.timeout ?? -1,
    subscribedTopicNames: how.topics === undefined || how.topics === null ? null : [...how.topics],
    subscribedTopicRegex: how.regex ?? null,
    serverAssignor: how.assignor ?? null,
    topicPartitions:
      how.owned === undefined || how.owned === null
        ? null
        : how.owned.length === 0
          ? []
          : [{ topicId: run.topicId(group), partitions: [...how.owned] }],
  }));

/** A member joins, reading the script's topic. */
export const join = (group: string, how: Beat = {}) =>
  beat(group, {
    timeout: 60_000,
    owned: [],
    ...(how.topics === undefined && how.regex === undefined ? { topics: [group] } : {}),
    ...how,
  });

export const shown = (group: string, version = 1) =>
  ask(consumerGroupDescribeApi, version, { groupIds: [group], includeAuthorizedOperations: false });

export const two = (group: string): Step[] => [
  makeTopic(group, { partitions: 4 }),
  join(group, { id: 'a' }),
  join(group, { id: 'b' }),
];

/** b waits, a gives back, b gets. */
export const settled = (group: string): Step[] => [
  ...two(group),
  beat(group, { id: 'a', epoch: 2 }),
  beat(group, { id: 'a', epoch: 2, owned: [0, 1] }),
  beat(group, { id: 'b', epoch: 3 }),
];

export const commit = (
  group: string,
  how: {
    id?: string;
    epoch?: number;
    version?: number;
    partition?: number;
    offset?: number;
    instance?: string;
  },
) =>
  ask(offsetCommitApi, how.version ?? 9, (run: Run) => ({
    groupId: group,
    generationIdOrMemberEpoch: how.epoch ?? -1,
    memberId: how.id ?? '',
    ...((how.version ?? 9) >= 7 ? { groupInstanceId: how.instance ?? null } : {}),
    topics: [
      {
        ...((how.version ?? 9) >= 10 ? { topicId: run.topicId(group) } : { name: group }),
        partitions: [
          { partitionIndex: how.partition ?? 0, committedOffset: how.offset ?? 1, committedMetadata: null },
        ],
      },
    ],
  }));

export const fetched = (group: string, memberId: string | null, memberEpoch: number, version = 9) =>
  ask(offsetFetchApi, version, (run: Run) => ({
    groups: [
      {
        groupId: group,
        memberId,
        memberEpoch,
        topics: [
          {
            ...(version >= 10 ? { topicId: run.topicId(group) } : { name: group }),
            partitionIndexes: [0, 1],
          },
        ],
      },
    ],
  }));

export const oldMetadata = (topic: string, owned: readonly number[]) =>
  encodeSubscription(
    {
      topics: [topic],
      userData: null,
      ownedPartitions: owned.length === 0 ? [] : [{ topic, partitions: [...owned] }],
    },
    1,
  );

export interface OldJoin {
  readonly memberId?: (run: Run) => string;
  readonly owned?: readonly number[];
  readonly protocolType?: string;
  readonly name?: string;
  readonly instance?: string;
  readonly as?: string;
  readonly version?: number;
}

export const oldJoin = (group: string, how: OldJoin = {}) =>
  ask(
    joinGroupApi,
    how.version ?? 5,
    (run: Run) => ({
      groupId: group,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: how.memberId?.(run) ?? '',
      groupInstanceId: how.instance ?? null,
      protocolType: how.protocolType ?? 'consumer',
      protocols: [{ name: how.name ?? 'range', metadata: oldMetadata(group, how.owned ?? []) }],
    }),
    how.as === undefined ? {} : { as: how.as },
  );

export const oldId = (run: Run) => run.answer(joinGroupApi, 'old').memberId;
export const oldSync = (group: string, generationId: number) =>
  ask(syncGroupApi, 3, (run: Run) => ({
    groupId: group,
    generationId,
    memberId: oldId(run),
    assignments: [],
  }));
export const oldHeartbeat = (group: string, generationId: number) =>
  ask(heartbeatApi, 3, (run: Run) => ({ groupId: group, generationId, memberId: oldId(run) }));

/** A classic consumer alone, with all four partitions, in generation 1. */
export const classicAlone = (group: string): Step[] => [
  makeTopic(group, { partitions: 4 }),
  oldJoin(group, { as: 'old', version: 3 }),
  ask(syncGroupApi, 3, (run: Run) => ({
    groupId: group,
    generationId: 1,
    memberId: oldId(run),
    assignments: [
      {
        memberId: oldId(run),
        assignment: encodeAssignment({
          assignedPartitions: [{ topic: group, partitions: [0, 1, 2, 3] }],
          userData: null,
        }),
      },
    ],
  })),
];

/** Who has how much: which of two classic members has which partitions is chance, their ids are. */
export const shares = (group: string) =>
  ask(
    consumerGroupDescribeApi,
    1,
    { groupIds: [group], includeAuthorizedOperations: false },
    {
      pick: ({ groups }) =>
        groups.map(({ groupState, groupEpoch, assignmentEpoch, members }) => ({
          groupState,
          groupEpoch,
          assignmentEpoch,
          members: members
            .map(
              ({ memberId, memberType, memberEpoch, assignment, targetAssignment }) =>
                `${memberType === 1 ? memberId : 'classic'} in ${memberEpoch} owns ${partitionsOf(assignment)} of ${partitionsOf(targetAssignment)}`,
            )
            .sort(),
        })),
    },
  );

export const partitionsOf = ({
  topicPartitions,
}: {
  topicPartitions: readonly { partitions: readonly number[] }[];
}) => topicPartitions.flatMap(({ partitions }) => partitions).length;
