/** Scripts: the consumer protocol (KIP-848): heartbeats, static members, offsets, descriptions, and both protocols in one group. */
import {
  consumerGroupDescribeApi,
  consumerGroupHeartbeatApi,
  createPartitionsApi,
  deleteGroupsApi,
  describeGroupsApi,
  encodeAssignment,
  encodeSubscription,
  heartbeatApi,
  joinGroupApi,
  leaveGroupApi,
  offsetCommitApi,
  offsetDeleteApi,
  offsetFetchApi,
  syncGroupApi,
} from '../../../src/protocol/index.ts';
import { ask, makeTopic, type Run, type Script, type Step, script } from '../script.ts';

interface Beat {
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
const beat = (group: string, how: Beat = {}) =>
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
const join = (group: string, how: Beat = {}) =>
  beat(group, {
    timeout: 60_000,
    owned: [],
    ...(how.topics === undefined && how.regex === undefined ? { topics: [group] } : {}),
    ...how,
  });

const shown = (group: string, version = 1) =>
  ask(consumerGroupDescribeApi, version, { groupIds: [group], includeAuthorizedOperations: false });

const two = (group: string): Step[] => [
  makeTopic(group, { partitions: 4 }),
  join(group, { id: 'a' }),
  join(group, { id: 'b' }),
];

/** b waits, a gives back, b gets. */
const settled = (group: string): Step[] => [
  ...two(group),
  beat(group, { id: 'a', epoch: 2 }),
  beat(group, { id: 'a', epoch: 2, owned: [0, 1] }),
  beat(group, { id: 'b', epoch: 3 }),
];

const commit = (
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

const fetched = (group: string, memberId: string | null, memberEpoch: number, version = 9) =>
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

const INVALID: readonly (readonly [why: string, how: Beat])[] = [
  ['no group id', { groupId: '' }],
  ['no member id in v1', { id: '' }],
  ['an empty instance id', { instance: '' }],
  ['an empty rack', { rack: '' }],
  ['no rebalance timeout', { timeout: -1 }],
  ['owned partitions not said', { owned: null }],
  ['owned partitions while joining', { owned: [0] }],
  ['no subscription', { topics: null, regex: null }],
  ['an epoch below −2', { epoch: -3 }],
  ['away for a while without an instance id', { epoch: -2 }],
  ['an assignor that does not exist', { assignor: 'sticky' }],
  ['an expression that is none', { topics: null, regex: '(' }],
  ['an expression with a look-ahead', { topics: null, regex: '(?=a)b' }],
  ['an expression with a back-reference', { topics: null, regex: '(a)\\1' }],
  ['an expression that repeats too often', { topics: null, regex: 'a{1001}' }],
  ['an expression with a bad escape', { topics: null, regex: '\\8' }],
  ['an expression with a bad range', { topics: null, regex: '[z-a]' }],
  ['an expression with two stars', { topics: null, regex: 'a**' }],
];

const HEARTBEATS: readonly (readonly [what: string, how: Beat])[] = [
  ['nothing new', { epoch: 2 }],
  ['everything again', { epoch: 2, timeout: 60_000, topics: ['t'], owned: [0, 1, 2, 3] }],
  ['what it owns', { epoch: 2, owned: [0, 1, 2, 3] }],
  ['less than it owns', { epoch: 2, owned: [0] }],
  ['nothing owned', { epoch: 2, owned: [] }],
  ['another rebalance timeout', { epoch: 2, timeout: 30_000 }],
  ['another assignor', { epoch: 2, assignor: 'range' }],
  ['a rack', { epoch: 2, rack: 'r1' }],
  ['an epoch to come', { epoch: 3 }],
  ['a far epoch', { epoch: 1001 }],
  ['joining again', { epoch: 0, timeout: 60_000, topics: ['t'], owned: [] }],
  ['of somebody else', { id: 'z', epoch: 2 }],
  ['with an instance id that it does not have', { epoch: 2, instance: 'i' }],
  ['in v0', { epoch: 2, version: 0 }],
  ['leaving', { epoch: -1 }],
  ['leaving of somebody else', { id: 'z', epoch: -1 }],
  ['leaving for a while without being static', { epoch: -2, instance: 'i' }],
];

const COMMITS: readonly (readonly [what: string, how: Parameters<typeof commit>[1]])[] = [
  ['in its epoch', { id: 'a', epoch: 3 }],
  ['of a kept partition in an older epoch', { id: 'a', epoch: 2 }],
  ['of a partition that it gave back', { id: 'a', epoch: 2, partition: 2 }],
  ['in an epoch to come', { id: 'a', epoch: 4 }],
  ['of another member', { id: 'z', epoch: 3 }],
  ['of nobody', {}],
  ['with an epoch and no member', { epoch: 3 }],
  ['in v8', { id: 'a', epoch: 3, version: 8 }],
  ['in v2', { id: 'a', epoch: 3, version: 2 }],
  ['in v10', { id: 'a', epoch: 3, version: 10 }],
  ['in v10 in an epoch to come', { id: 'a', epoch: 4, version: 10 }],
  ['of a member in an epoch before it got the partition', { id: 'b', epoch: 2, partition: 2 }],
  ['of a partition that is another’s', { id: 'b', epoch: 3, partition: 0 }],
  ['of a partition that does not exist', { id: 'a', epoch: 3, partition: 9 }],
];

const FETCHES: readonly (readonly [what: string, id: string | null, epoch: number, version?: number])[] = [
  ['of nobody', null, -1],
  ['of a member in its epoch', 'a', 3],
  ['of a member in an older epoch', 'a', 2],
  ['of a member in an epoch to come', 'a', 4],
  ['of a member without an epoch', 'a', -1],
  ['of somebody else', 'z', 3],
  ['of an empty member id', '', 3],
  ['by topic id', 'a', 3, 10],
];

const oldMetadata = (topic: string, owned: readonly number[]) =>
  encodeSubscription(
    {
      topics: [topic],
      userData: null,
      ownedPartitions: owned.length === 0 ? [] : [{ topic, partitions: [...owned] }],
    },
    1,
  );

interface OldJoin {
  readonly memberId?: (run: Run) => string;
  readonly owned?: readonly number[];
  readonly protocolType?: string;
  readonly name?: string;
  readonly instance?: string;
  readonly as?: string;
  readonly version?: number;
}

const oldJoin = (group: string, how: OldJoin = {}) =>
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

const oldId = (run: Run) => run.answer(joinGroupApi, 'old').memberId;
const oldSync = (group: string, generationId: number) =>
  ask(syncGroupApi, 3, (run: Run) => ({
    groupId: group,
    generationId,
    memberId: oldId(run),
    assignments: [],
  }));
const oldHeartbeat = (group: string, generationId: number) =>
  ask(heartbeatApi, 3, (run: Run) => ({ groupId: group, generationId, memberId: oldId(run) }));

/** A classic consumer alone, with all four partitions, in generation 1. */
const classicAlone = (group: string): Step[] => [
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

export const CONSUMER_GROUPS: readonly Script[] = [
  ...INVALID.map(([why, how]) =>
    script(`consumer: refused, ${why}`, (group) => [makeTopic(group), join(group, how)]),
  ),
  ...[0, 1].map((version) =>
    script(`consumer: join in v${version}`, (group) => [
      makeTopic(group, { partitions: 3 }),
      join(group, { version }),
      shown(group),
    ]),
  ),
  script('consumer: topics that do not exist', (group) => [
    join(group, { topics: [`${group}-nowhere`] }),
    beat(group, { epoch: 2 }),
    shown(group),
  ]),
  ...HEARTBEATS.map(([what, how]) =>
    script(`consumer: heartbeat, ${what}`, (group) => [
      makeTopic(group, { partitions: 4 }),
      join(group),
      beat(group, { ...how, ...(how.topics === undefined ? {} : { topics: [group] }) }),
      shown(group),
    ]),
  ),
  script('consumer: a group that does not exist', (group) => [
    beat(group, { epoch: 2 }),
    beat(group, { epoch: -1 }),
    beat(group, { epoch: -2, instance: 'i' }),
    shown(group),
    shown(group, 0),
  ]),
  script('consumer: two members share', (group) => [...settled(group), shown(group)]),
  script('consumer: who gives nothing back keeps the others waiting', (group) => [
    ...two(group),
    beat(group, { id: 'b', epoch: 3 }),
    beat(group, { id: 'a', epoch: 2 }),
    beat(group, { id: 'a', epoch: 2 }),
    beat(group, { id: 'a', epoch: 2, owned: [0, 1, 2, 3] }),
    beat(group, { id: 'b', epoch: 3 }),
    shown(group),
  ]),
  script('consumer: back in the former epoch', (group) => [
    ...settled(group),
    beat(group, { id: 'a', epoch: 2, owned: [0, 1] }),
    beat(group, { id: 'a', epoch: 2, owned: [0] }),
    beat(group, { id: 'a', epoch: 2, owned: [0, 1, 2] }),
    beat(group, { id: 'a', epoch: 2 }),
  ]),
  script('consumer: one leaves, the other takes over', (group) => [
    ...settled(group),
    beat(group, { id: 'a', epoch: -1 }),
    beat(group, { id: 'b', epoch: 3 }),
    shown(group),
    beat(group, { id: 'b', epoch: -1 }),
    shown(group),
    beat(group, { id: 'b', epoch: 4 }),
  ]),
  script('consumer: three members, then two', (group) => [
    ...settled(group),
    join(group, { id: 'c' }),
    beat(group, { id: 'a', epoch: 3, owned: [0, 1] }),
    beat(group, { id: 'b', epoch: 3, owned: [2, 3] }),
    beat(group, { id: 'b', epoch: 3, owned: [2] }),
    beat(group, { id: 'c', epoch: 4 }),
    beat(group, { id: 'b', epoch: -1 }),
    beat(group, { id: 'a', epoch: 4 }),
    beat(group, { id: 'c', epoch: 4 }),
  ]),
  script('consumer: another subscription', (group) => [
    makeTopic(group, { partitions: 2 }),
    makeTopic(`${group}-b`, { partitions: 2 }),
    join(group),
    beat(group, { epoch: 2, topics: [`${group}-b`], owned: [0, 1] }),
    beat(group, { epoch: 2, owned: [] }),
    shown(group),
  ]),
  script('consumer: subscribed to nothing any more', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group),
    beat(group, { epoch: 2, topics: [], owned: [0, 1] }),
    beat(group, { epoch: 2, owned: [] }),
    shown(group),
  ]),
  script('consumer: the topic grows', (group) => [
    makeTopic(group, { partitions: 1 }),
    join(group),
    ask(createPartitionsApi, 3, {
      topics: [{ name: group, count: 3, assignments: null }],
      timeoutMs: 5_000,
      validateOnly: false,
    }),
    ask(
      consumerGroupHeartbeatApi,
      1,
      { groupId: group, memberId: 'a', memberEpoch: 2 },
      { until: ({ errorCode, memberEpoch }) => errorCode !== 0 || memberEpoch === 3 },
    ),
    shown(group),
  ]),
  ...['uniform', 'range'].map((assignor) =>
    script(`consumer: the assignor ${assignor}`, (group) => [
      makeTopic(group, { partitions: 3 }),
      join(group, { id: 'a', assignor }),
      join(group, { id: 'b', assignor }),
      beat(group, { id: 'a', epoch: 2, owned: [0, 1, 2] }),
      beat(group, { id: 'a', epoch: 2, owned: [0, 1] }),
      beat(group, { id: 'b', epoch: 3 }),
      shown(group),
    ]),
  ),
  script('consumer: static, the place is taken', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group, { id: 'a', instance: 'i' }),
    join(group, { id: 'b', instance: 'i' }),
    beat(group, { id: 'b', epoch: 2, instance: 'i' }),
    beat(group, { id: 'a', epoch: 2, instance: 'i' }),
    beat(group, { id: 'a', epoch: 2, instance: 'other' }),
  ]),
  script('consumer: static, away and back under another id', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group, { id: 'a', instance: 'i' }),
    beat(group, { id: 'a', epoch: -2, instance: 'i' }),
    shown(group),
    join(group, { id: 'b', instance: 'i' }),
    shown(group),
    beat(group, { id: 'a', epoch: 2, instance: 'i' }),
    beat(group, { id: 'b', epoch: 2, instance: 'i' }),
  ]),
  script('consumer: static, away and back under its own id', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group, { id: 'a', instance: 'i' }),
    beat(group, { id: 'a', epoch: -2, instance: 'i' }),
    join(group, { id: 'a', instance: 'i' }),
    shown(group),
  ]),
  script('consumer: static, leaving for good', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group, { id: 'a', instance: 'i' }),
    beat(group, { id: 'b', epoch: -1, instance: 'i' }),
    beat(group, { id: 'a', epoch: -1, instance: 'other' }),
    beat(group, { id: 'a', epoch: -1, instance: 'i' }),
    join(group, { id: 'b', instance: 'i' }),
    shown(group),
  ]),
  script('consumer: static, two with one away', (group) => [
    makeTopic(group, { partitions: 4 }),
    join(group, { id: 'a', instance: 'i' }),
    beat(group, { id: 'a', epoch: -2, instance: 'i' }),
    join(group, { id: 'b', instance: 'k' }),
    beat(group, { id: 'b', epoch: 3, instance: 'k' }),
    join(group, { id: 'c', instance: 'i' }),
    beat(group, { id: 'c', epoch: 2, instance: 'i', owned: [0, 1] }),
    beat(group, { id: 'b', epoch: 3, instance: 'k' }),
    shown(group),
  ]),
  ...COMMITS.map(([what, how]) =>
    script(`consumer: commit, ${what}`, (group) => [
      ...settled(group),
      commit(group, how),
      fetched(group, null, -1),
    ]),
  ),
  ...FETCHES.map(([what, id, epoch, version]) =>
    script(`consumer: offsets fetched, ${what}`, (group) => [
      ...settled(group),
      commit(group, { id: 'a', epoch: 3, offset: 7 }),
      fetched(group, id, epoch, version),
    ]),
  ),
  script('consumer: commit, while partitions are being given back', (group) => [
    ...two(group),
    beat(group, { id: 'a', epoch: 2 }),
    commit(group, { id: 'a', epoch: 2, partition: 3, offset: 9 }),
    commit(group, { id: 'a', epoch: 2, partition: 0, offset: 9 }),
    commit(group, { id: 'b', epoch: 3, partition: 3, offset: 9 }),
  ]),
  script('consumer: commit, nobody is left', (group) => [
    makeTopic(group, { partitions: 4 }),
    join(group),
    commit(group, { id: 'a', epoch: 2, offset: 4 }),
    beat(group, { epoch: -1 }),
    commit(group, { offset: 5 }),
    commit(group, { id: 'a', epoch: 2, offset: 6 }),
    fetched(group, null, -1),
  ]),
  script('consumer: deleted when empty', (group) => [
    makeTopic(group),
    join(group),
    commit(group, { id: 'a', epoch: 2 }),
    ask(deleteGroupsApi, 2, { groupsNames: [group] }),
    ask(offsetDeleteApi, 0, {
      groupId: group,
      topics: [{ name: group, partitions: [{ partitionIndex: 0 }] }],
    }),
    beat(group, { epoch: -1 }),
    ask(offsetDeleteApi, 0, {
      groupId: group,
      topics: [{ name: group, partitions: [{ partitionIndex: 0 }] }],
    }),
    ask(deleteGroupsApi, 2, { groupsNames: [group] }),
    shown(group),
  ]),
  script('consumer: described by the old API', (group) => [
    makeTopic(group),
    join(group),
    ask(describeGroupsApi, 5, { groups: [group] }),
    ask(describeGroupsApi, 6, { groups: [group] }),
  ]),
  script('consumer: a classic group described by the new API', (group) => [
    ...classicAlone(group),
    shown(group),
  ]),
  script('consumer: old requests of a member of the new protocol', (group) => [
    makeTopic(group),
    join(group),
    ask(heartbeatApi, 3, { groupId: group, generationId: 2, memberId: 'a' }),
    ask(syncGroupApi, 3, { groupId: group, generationId: 2, memberId: 'a', assignments: [] }),
    ask(leaveGroupApi, 3, { groupId: group, members: [{ memberId: 'a', groupInstanceId: null }] }),
    ask(heartbeatApi, 3, { groupId: group, generationId: 1, memberId: 'nobody' }),
    shown(group),
  ]),
  script('consumer: an empty classic group becomes a consumer group', (group) => [
    ...classicAlone(group),
    ask(leaveGroupApi, 3, (run) => ({ groupId: group, members: [{ memberId: oldId(run) }] })),
    join(group),
    shown(group),
  ]),
  script('consumer: an empty consumer group becomes a classic group', (group) => [
    makeTopic(group),
    join(group),
    beat(group, { epoch: -1 }),
    oldJoin(group, { version: 3, as: 'old' }),
    shown(group),
    ask(describeGroupsApi, 5, { groups: [group] }),
  ]),
  script('consumer: upgraded while a classic member works', (group) => [
    ...classicAlone(group),
    join(group, { id: 'b' }),
    shown(group),
    oldHeartbeat(group, 1),
    oldJoin(group, { memberId: oldId, owned: [0, 1, 2, 3] }),
    oldSync(group, 1),
    oldHeartbeat(group, 1),
    oldJoin(group, { memberId: oldId, owned: [0, 1] }),
    oldSync(group, 2),
    beat(group, { id: 'b', epoch: 2 }),
    oldHeartbeat(group, 2),
    shown(group),
  ]),
  script('consumer: upgraded, the eager way', (group) => [
    ...classicAlone(group),
    join(group, { id: 'b' }),
    oldHeartbeat(group, 1),
    oldJoin(group, { memberId: oldId }),
    oldSync(group, 2),
    beat(group, { id: 'b', epoch: 2 }),
    shown(group),
  ]),
  script('consumer: upgraded, commits of the classic member', (group) => [
    ...classicAlone(group),
    join(group, { id: 'b' }),
    ask(offsetCommitApi, 8, (run) => ({
      groupId: group,
      generationIdOrMemberEpoch: 1,
      memberId: oldId(run),
      topics: [
        { name: group, partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: '' }] },
      ],
    })),
    ask(offsetCommitApi, 8, (run) => ({
      groupId: group,
      generationIdOrMemberEpoch: 7,
      memberId: oldId(run),
      topics: [
        { name: group, partitions: [{ partitionIndex: 0, committedOffset: 4, committedMetadata: '' }] },
      ],
    })),
  ]),
  script('consumer: a classic client joins', (group) => [
    makeTopic(group, { partitions: 4 }),
    join(group, { id: 'b' }),
    oldJoin(group, { as: 'old' }),
    oldJoin(group, { memberId: oldId }),
    oldSync(group, 3),
    beat(group, { id: 'b', epoch: 2 }),
    beat(group, { id: 'b', epoch: 2, owned: [0, 1] }),
    oldHeartbeat(group, 3),
    oldJoin(group, { memberId: oldId }),
    oldSync(group, 3),
    oldHeartbeat(group, 4),
  ]),
  script('consumer: a classic client that does not fit', (group) => [
    makeTopic(group),
    join(group, { id: 'b' }),
    oldJoin(group, { protocolType: 'connect', version: 3 }),
    oldJoin(group, { as: 'old', version: 3 }),
    oldJoin(group, { name: 'sticky', version: 3 }),
    ask(syncGroupApi, 5, (run) => ({
      groupId: group,
      generationId: 3,
      memberId: oldId(run),
      protocolType: 'connect',
      protocolName: 'range',
      assignments: [],
    })),
  ]),
  script('consumer: a classic client leaves', (group) => [
    makeTopic(group, { partitions: 4 }),
    join(group, { id: 'b' }),
    oldJoin(group, { as: 'old', version: 3 }),
    ask(leaveGroupApi, 3, (run) => ({
      groupId: group,
      members: [{ memberId: oldId(run) }, { memberId: 'nobody' }, { memberId: 'b' }],
    })),
    shown(group),
  ]),
  script('consumer: downgraded when the last of the new protocol leaves', (group) => [
    ...classicAlone(group),
    join(group, { id: 'b' }),
    oldJoin(group, { memberId: oldId }),
    oldSync(group, 2),
    beat(group, { id: 'b', epoch: -1 }),
    oldHeartbeat(group, 2),
    shown(group),
    oldJoin(group, { memberId: oldId }),
    ask(describeGroupsApi, 5, { groups: [group] }),
  ]),
  script('consumer: not upgraded, another kind of protocol', (group) => [
    makeTopic(group),
    oldJoin(group, { protocolType: 'connect', version: 3, as: 'old' }),
    ask(syncGroupApi, 3, (run) => ({
      groupId: group,
      generationId: 1,
      memberId: oldId(run),
      assignments: [{ memberId: oldId(run), assignment: Buffer.from('x') }],
    })),
    join(group, { id: 'b' }),
    oldHeartbeat(group, 1),
  ]),
];
