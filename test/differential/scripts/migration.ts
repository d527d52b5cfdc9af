/** Scripts: one group, both protocols: classic members when a group is upgraded, and what is left when it is downgraded. */
import {
  consumerGroupDescribeApi,
  consumerGroupHeartbeatApi,
  deleteGroupsApi,
  describeGroupsApi,
  type DescribeGroupsResponse,
  heartbeatApi,
  joinGroupApi,
  offsetFetchApi,
  syncGroupApi,
} from '../../../src/protocol/index.ts';
import { ask, begin, end, makeTopic, type Script, type Step, script } from '../script.ts';
import {
  described,
  describedUntil,
  enter,
  first,
  heartbeat,
  heartbeatUntil,
  leave,
  reading,
  REBALANCE_IN_PROGRESS,
  second,
  sync,
} from './classic-requests.ts';
import {
  type Beat,
  beat,
  classicAlone,
  join,
  oldHeartbeat,
  oldId,
  oldJoin,
  oldSync,
  partitionsOf,
  shares,
  shown,
} from './consumer-requests.ts';
import { encodeAssignment } from '../../../src/protocol/index.ts';

const shownUntil = (group: string, count: number) =>
  ask(
    consumerGroupDescribeApi,
    1,
    { groupIds: [group], includeAuthorizedOperations: false },
    { until: ({ groups }) => groups[0]!.errorCode !== 0 || groups[0]!.members.length === count },
  );

/** A member of the new protocol comes; where the partitions go is chance. */
const joinSomewhere = (group: string, how: Beat) =>
  ask(consumerGroupHeartbeatApi, 1, join(group, how).request as never, {
    pick: ({ errorCode, memberEpoch, assignment }) => ({
      errorCode,
      memberEpoch,
      partitions: assignment === null ? null : partitionsOf(assignment),
    }),
  });

/** A classic group without whose partitions are whose. */
const sizes = ({ groups }: DescribeGroupsResponse) =>
  groups.map(({ errorCode, groupState, protocolData, members }) => ({
    errorCode,
    groupState,
    protocolData,
    members: members.map(({ memberAssignment }) => memberAssignment.length).sort(),
  }));

const owning = (group: string, ...partitions: number[]) =>
  encodeAssignment({ assignedPartitions: [{ topic: group, partitions }], userData: null });

/** Two classic consumers with two partitions each, in generation 2. */
const classicPair = (group: string, instances: readonly [string?, string?] = []): Step[] => {
  const [one, two] = instances.map((instance) => (instance === undefined ? {} : { instance }));
  return [
    makeTopic(group, { partitions: 4 }),
    enter(group, { ...one, metadata: reading(group), as: 'first' }),
    begin('joining', enter(group, { ...two, metadata: reading(group), as: 'second', on: 'other' })),
    heartbeatUntil(group, 1, first, REBALANCE_IN_PROGRESS),
    enter(group, { ...one, metadata: reading(group), memberId: first }),
    end('joining'),
    ask(syncGroupApi, 3, (run) => ({
      groupId: group,
      generationId: 2,
      memberId: first(run),
      assignments: [
        { memberId: first(run), assignment: owning(group, 0, 1) },
        { memberId: second(run), assignment: owning(group, 2, 3) },
      ],
    })),
    sync(group, 2, second, { on: 'other' }),
  ];
};

export const MIGRATION: readonly Script[] = [
  // Up
  script('migration: up, with two classic members', (group) => [
    ...classicPair(group),
    joinSomewhere(group, { id: 'n' }),
    shares(group),
    heartbeat(group, 2, first),
    heartbeat(group, 2, second),
    sync(group, 2, first),
    sync(group, 2, second, { on: 'other' }),
  ]),
  script('migration: up, one after the other, until nobody is classic', (group) => [
    ...classicPair(group),
    join(group, { id: 'n' }),
    leave(group, [{ member: first }]),
    join(group, { id: 'm' }),
    leave(group, [{ member: second }]),
    beat(group, { id: 'n', epoch: 3 }),
    beat(group, { id: 'm', epoch: 5 }),
    shares(group),
  ]),
  script('migration: up, while the group rebalances', (group) => [
    ...classicAlone(group),
    begin('joining', enter(group, { metadata: reading(group), as: 'second', on: 'other' })),
    heartbeatUntil(group, 1, oldId, REBALANCE_IN_PROGRESS),
    joinSomewhere(group, { id: 'n' }),
    end('joining'),
    shares(group),
    oldHeartbeat(group, 1),
  ]),
  script('migration: up, before the classic members have their assignment', (group) => [
    makeTopic(group, { partitions: 4 }),
    oldJoin(group, { as: 'old', version: 3 }),
    joinSomewhere(group, { id: 'n' }),
    shares(group),
    oldHeartbeat(group, 1),
    oldSync(group, 1),
    oldJoin(group, { memberId: oldId }),
    oldHeartbeat(group, 2),
  ]),
  script('migration: up, members that say nothing that can be read', (group) => [
    makeTopic(group, { partitions: 2 }),
    oldJoin(group, { as: 'old', version: 3 }),
    sync(group, 1, oldId, { gives: [[oldId, '']] }),
    joinSomewhere(group, { id: 'n' }),
    shares(group),
  ]),
  script('migration: up, an assignment that cannot be read', (group) => [
    makeTopic(group, { partitions: 2 }),
    oldJoin(group, { as: 'old', version: 3 }),
    sync(group, 1, oldId, { gives: [[oldId, 'nonsense']] }),
    join(group, { id: 'n' }),
    shown(group),
  ]),
  script('migration: up, an assignment of a topic that is not there', (group) => [
    makeTopic(group, { partitions: 2 }),
    oldJoin(group, { as: 'old', version: 3 }),
    ask(syncGroupApi, 3, (run) => ({
      groupId: group,
      generationId: 1,
      memberId: oldId(run),
      assignments: [{ memberId: oldId(run), assignment: owning(`${group}-gone`, 0, 1) }],
    })),
    joinSomewhere(group, { id: 'n' }),
    shares(group),
  ]),
  script('migration: up, a static member goes over to the new protocol', (group) => [
    ...classicPair(group, ['one', 'two']),
    join(group, { id: 'n', instance: 'one' }),
    shown(group),
    heartbeat(group, 2, first),
    ask(heartbeatApi, 3, (run) => ({
      groupId: group,
      generationId: 2,
      memberId: first(run),
      groupInstanceId: 'one',
    })),
    ask(heartbeatApi, 3, (run) => ({
      groupId: group,
      generationId: 2,
      memberId: second(run),
      groupInstanceId: 'two',
    })),
  ]),
  script('migration: up, offsets stay', (group) => [
    ...classicAlone(group),
    ask(offsetFetchApi, 7, { groupId: group, topics: null }),
    join(group, { id: 'n' }),
    ask(offsetFetchApi, 9, { groups: [{ groupId: group, memberId: 'n', memberEpoch: 2, topics: null }] }),
    ask(offsetFetchApi, 9, {
      groups: [{ groupId: group, memberId: null, memberEpoch: -1, topics: null }],
    }),
    ask(offsetFetchApi, 7, { groupId: group, topics: null }),
  ]),
  script('migration: up, deleted, described by the old API, left by the old API', (group) => [
    ...classicAlone(group),
    join(group, { id: 'n' }),
    ask(deleteGroupsApi, 2, { groupsNames: [group] }),
    ask(describeGroupsApi, 5, { groups: [group] }),
    leave(group, [{ member: oldId }], 4),
    shown(group),
  ]),
  // Classic members of an upgraded group
  script('migration: a classic member of another generation', (group) => [
    ...classicAlone(group),
    join(group, { id: 'n' }),
    oldHeartbeat(group, 2),
    oldHeartbeat(group, 0),
    oldSync(group, 9),
    oldJoin(group, { memberId: () => 'nobody' }),
  ]),
  script('migration: a classic member reads something else', (group) => [
    ...classicAlone(group),
    makeTopic(`${group}-b`, { partitions: 1 }),
    join(group, { id: 'n' }),
    enter(group, { memberId: oldId, metadata: reading(`${group}-b`) }),
    shown(group),
  ]),
  script('migration: a classic member with nothing new joins again', (group) => [
    ...classicAlone(group),
    join(group, { id: 'n' }),
    oldJoin(group, { memberId: oldId, owned: [0, 1] }),
    oldSync(group, 2),
    oldJoin(group, { memberId: oldId, owned: [0, 1] }),
    oldSync(group, 2),
    shown(group),
  ]),
  script('migration: a classic member that is silent is missed', (group) => [
    makeTopic(group, { partitions: 4 }),
    enter(group, { sessionTimeoutMs: 200, metadata: reading(group), as: 'old' }),
    ask(syncGroupApi, 3, (run) => ({
      groupId: group,
      generationId: 1,
      memberId: oldId(run),
      assignments: [{ memberId: oldId(run), assignment: owning(group, 0, 1, 2, 3) }],
    })),
    join(group, { id: 'n' }),
    shownUntil(group, 1),
    oldHeartbeat(group, 1),
    beat(group, { id: 'n', epoch: 2 }),
  ]),
  script('migration: a classic member that never syncs is put out', (group) => [
    makeTopic(group, { partitions: 4 }),
    join(group, { id: 'n' }),
    enter(group, { rebalanceTimeoutMs: 200, metadata: reading(group), as: 'old' }),
    shownUntil(group, 1),
    oldSync(group, 3),
  ]),
  script('migration: a classic static member comes back under its name', (group) => [
    ...classicAlone(group),
    join(group, { id: 'n' }),
    oldJoin(group, { instance: 'i', as: 'first' }),
    oldJoin(group, { instance: 'i', as: 'second' }),
    ask(heartbeatApi, 3, (run) => ({
      groupId: group,
      generationId: 3,
      memberId: first(run),
      groupInstanceId: 'i',
    })),
    leave(group, [{ instance: 'i' }]),
  ]),
  script('migration: a classic member asks in every version of the join', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group, { id: 'n' }),
    ...[0, 2, 4, 6, 7, 9].map((version) => enterAs(group, version)),
  ]),
  script('migration: a classic member that knows other protocols', (group) => [
    makeTopic(group, { partitions: 4 }),
    join(group, { id: 'n' }),
    enter(group, { protocols: ['roundrobin', 'cooperative-sticky'], metadata: reading(group), as: 'old' }),
    enter(group, { protocols: ['range'], metadata: reading(group) }),
    enter(group, { protocols: ['sticky', 'roundrobin'], metadata: reading(group) }),
    ask(syncGroupApi, 5, (run) => ({
      groupId: group,
      generationId: 3,
      memberId: oldId(run),
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [],
    })),
  ]),
  // Down
  script('migration: down, two classic members are left', (group) => [
    ...classicPair(group),
    join(group, { id: 'n' }),
    beat(group, { id: 'n', epoch: -1 }),
    describedUntil(group, 'PreparingRebalance', sizes),
    heartbeat(group, 2, first),
    heartbeat(group, 3, second),
  ]),
  script('migration: down, a static member goes back to the old protocol', (group) => [
    makeTopic(group, { partitions: 4 }),
    join(group, { id: 'n', instance: 'i' }),
    oldJoin(group, { version: 3, as: 'old' }),
    oldJoin(group, { instance: 'i', as: 'first' }),
    ask(
      consumerGroupHeartbeatApi,
      1,
      { groupId: group, memberId: 'n', memberEpoch: 2, instanceId: 'i' },
      { until: ({ errorCode }) => errorCode === 69 },
    ),
  ]),
  script('migration: down, the last of the new protocol is fenced', (group) => [
    ...classicAlone(group),
    join(group, { id: 'n', timeout: 200 }),
    oldJoin(group, { memberId: oldId, owned: [0, 1] }),
    oldSync(group, 2),
    beat(group, { id: 'n', epoch: 2 }),
    oldJoin(group, { as: 'second', version: 3 }),
    oldJoin(group, { as: 'first', version: 3 }),
    beat(group, { id: 'n', epoch: 2 }),
    describedUntil(group, 'PreparingRebalance', sizes),
  ]),
  script('migration: down, and up again', (group) => [
    ...classicAlone(group),
    join(group, { id: 'n' }),
    beat(group, { id: 'n', epoch: -1 }),
    join(group, { id: 'n' }),
    shown(group),
    oldHeartbeat(group, 1),
  ]),
  script(
    'migration: down, a static member of the new protocol stays in its place while it is away',
    (group) => [
      ...classicAlone(group),
      join(group, { id: 'n', instance: 'i' }),
      beat(group, { id: 'n', epoch: -2, instance: 'i' }),
      shown(group),
      leave(group, [{ instance: 'i' }]),
      describedUntil(group, 'PreparingRebalance', sizes),
    ],
  ),
  script('migration: down, the classic member leaves first, then the other', (group) => [
    ...classicAlone(group),
    join(group, { id: 'n' }),
    leave(group, [{ member: oldId }]),
    beat(group, { id: 'n', epoch: -1 }),
    shown(group),
    described(group),
  ]),
];

/** A join of a classic member in its version, with what the version can say. */
function enterAs(group: string, version: number) {
  return ask(joinGroupApi, version, {
    groupId: group,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: reading(group) }],
  });
}
