/** Scripts: more members of the consumer protocol: who gets what, who is put out, and how the group looks in between. */
import {
  consumerGroupDescribeApi,
  consumerGroupHeartbeatApi,
  deleteTopicsApi,
} from '../../../src/protocol/index.ts';
import { ask, makeTopic, type Script, type Step, script } from '../script.ts';
import { beat, commit, join, settled, shares, shown, two } from './consumer-requests.ts';
import { leave } from './classic-requests.ts';

const shownUntil = (group: string, count: number) =>
  ask(
    consumerGroupDescribeApi,
    1,
    { groupIds: [group], includeAuthorizedOperations: false },
    { until: ({ groups }) => groups[0]!.members.length === count },
  );

/** a owns all four partitions and has three more members beside it that own nothing yet. */
const crowd = (group: string): Step[] => [
  makeTopic(group, { partitions: 4 }),
  ...['a', 'b', 'c', 'd'].map((id) => join(group, { id })),
];

export const CONSUMER_MEMBERS: readonly Script[] = [
  // Who gets what
  script('consumer: more members than partitions', (group) => [
    makeTopic(group, { partitions: 2 }),
    ...['a', 'b', 'c'].map((id) => join(group, { id })),
    shown(group),
    beat(group, { id: 'a', epoch: 2, owned: [0] }),
    beat(group, { id: 'b', epoch: 3 }),
    beat(group, { id: 'c', epoch: 4 }),
    shown(group),
  ]),
  script('consumer: four members, one after the other', (group) => [
    ...crowd(group),
    shown(group),
    beat(group, { id: 'a', epoch: 2 }),
    beat(group, { id: 'a', epoch: 2, owned: [0] }),
    ...['b', 'c', 'd', 'a'].map((id) => beat(group, { id, epoch: 5 })),
    shown(group),
  ]),
  script('consumer: two topics, range', (group) => [
    makeTopic(group, { partitions: 3 }),
    makeTopic(`${group}-b`, { partitions: 3 }),
    join(group, { id: 'a', assignor: 'range', topics: [group, `${group}-b`] }),
    join(group, { id: 'b', assignor: 'range', topics: [group, `${group}-b`] }),
    shown(group),
  ]),
  script('consumer: two topics, uniform', (group) => [
    makeTopic(group, { partitions: 3 }),
    makeTopic(`${group}-b`, { partitions: 3 }),
    join(group, { id: 'a', assignor: 'uniform', topics: [group, `${group}-b`] }),
    join(group, { id: 'b', assignor: 'uniform', topics: [group, `${group}-b`] }),
    shares(group),
  ]),
  script('consumer: members that read different topics, range', (group) => [
    makeTopic(group, { partitions: 2 }),
    makeTopic(`${group}-b`, { partitions: 3 }),
    join(group, { id: 'a', assignor: 'range', topics: [group] }),
    join(group, { id: 'b', assignor: 'range', topics: [`${group}-b`] }),
    join(group, { id: 'c', assignor: 'range', topics: [group, `${group}-b`] }),
    shown(group),
  ]),
  script('consumer: topics of different sizes, range', (group) => [
    makeTopic(group, { partitions: 1 }),
    makeTopic(`${group}-b`, { partitions: 5 }),
    ...['a', 'b', 'c'].map((id) => join(group, { id, assignor: 'range', topics: [group, `${group}-b`] })),
    shown(group),
  ]),
  script('consumer: the assignor that most members want', (group) => [
    makeTopic(group, { partitions: 3 }),
    join(group, { id: 'a', assignor: 'uniform' }),
    shown(group),
    join(group, { id: 'b', assignor: 'range' }),
    join(group, { id: 'c', assignor: 'range' }),
    shown(group),
  ]),
  script('consumer: an assignor that is given up', (group) => [
    makeTopic(group, { partitions: 3 }),
    join(group, { assignor: 'range' }),
    shown(group),
    beat(group, { epoch: 2, assignor: 'uniform' }),
    shown(group),
    beat(group, { epoch: 3, assignor: '' }),
  ]),
  script('consumer: an assignor without a name', (group) => [
    makeTopic(group),
    join(group, { assignor: '' }),
  ]),
  script('consumer: racks change nothing without racks of brokers', (group) => [
    makeTopic(group, { partitions: 4 }),
    join(group, { id: 'a', rack: 'east' }),
    join(group, { id: 'b', rack: 'west' }),
    shown(group),
  ]),
  script('consumer: a topic named twice', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group, { topics: [group, group] }),
    shown(group),
  ]),
  script('consumer: a topic named without a name', (group) => [
    makeTopic(group),
    join(group, { topics: [''] }),
  ]),
  script('consumer: an internal topic', (group) => [
    join(group, { topics: ['__consumer_offsets'] }),
    ask(
      consumerGroupDescribeApi,
      1,
      { groupIds: [group], includeAuthorizedOperations: false },
      { pick: ({ groups }) => groups[0]!.members.map(({ subscribedTopicNames }) => subscribedTopicNames) },
    ),
  ]),
  // Topics come and go
  script('consumer: a topic comes into being', (group) => [
    join(group, { topics: [group] }),
    makeTopic(group, { partitions: 2 }),
    ask(
      consumerGroupHeartbeatApi,
      1,
      (run) => ({
        groupId: group,
        memberId: 'a',
        memberEpoch: Math.max(1, Number(run.topicId(group) !== '') + 1),
      }),
      { until: ({ errorCode, assignment }) => errorCode !== 0 || assignment !== null },
    ),
    shown(group),
  ]),
  script('consumer: a topic is deleted', (group) => [
    makeTopic(group, { partitions: 1 }),
    makeTopic(`${group}-b`, { partitions: 2 }),
    join(group, { topics: [group, `${group}-b`] }),
    ask(deleteTopicsApi, 5, { topicNames: [`${group}-b`], timeoutMs: 5000 }),
    ask(
      consumerGroupHeartbeatApi,
      1,
      { groupId: group, memberId: 'a', memberEpoch: 2 },
      { until: ({ errorCode, assignment }) => errorCode !== 0 || assignment !== null },
    ),
    beat(group, { epoch: 2, owned: [0] }),
    shown(group),
  ]),
  // What members say that they own
  script('consumer: partitions of a topic that nobody knows', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group),
    ask(consumerGroupHeartbeatApi, 1, {
      groupId: group,
      memberId: 'a',
      memberEpoch: 2,
      topicPartitions: [{ topicId: '0123456789abcdef0123456789abcdef', partitions: [0] }],
    }),
    shown(group),
  ]),
  script('consumer: partitions that are not its own', (group) => [
    ...two(group),
    beat(group, { id: 'b', epoch: 3, owned: [2, 3] }),
    beat(group, { id: 'b', epoch: 3, owned: [0, 1, 2, 3] }),
    shown(group),
  ]),
  script('consumer: given back one by one', (group) => [
    ...two(group),
    beat(group, { id: 'a', epoch: 2 }),
    beat(group, { id: 'a', epoch: 2, owned: [0, 1, 2] }),
    beat(group, { id: 'b', epoch: 3 }),
    beat(group, { id: 'a', epoch: 2, owned: [0, 1] }),
    beat(group, { id: 'b', epoch: 3 }),
    shown(group),
  ]),
  script('consumer: more given back than asked', (group) => [
    ...two(group),
    beat(group, { id: 'a', epoch: 2, owned: [] }),
    beat(group, { id: 'a', epoch: 3 }),
    beat(group, { id: 'b', epoch: 3 }),
    shown(group),
  ]),
  script('consumer: another rebalance while one is on', (group) => [
    ...two(group),
    beat(group, { id: 'a', epoch: 2 }),
    join(group, { id: 'c' }),
    beat(group, { id: 'a', epoch: 2, owned: [0, 1] }),
    beat(group, { id: 'a', epoch: 2, owned: [0] }),
    ...['a', 'b', 'c'].map((id) => beat(group, { id, epoch: 4 })),
    beat(group, { id: 'b', epoch: 3 }),
    shown(group),
  ]),
  script('consumer: it stays in its old epoch while others give back', (group) => [
    ...two(group),
    beat(group, { id: 'b', epoch: 2 }),
    beat(group, { id: 'b', epoch: 0, timeout: 60_000, topics: [group], owned: [] }),
    shown(group),
  ]),
  // Who is put out, and comes back
  script('consumer: who does not give back in time is put out', (group) => [
    makeTopic(group, { partitions: 4 }),
    join(group, { id: 'a', timeout: 200 }),
    join(group, { id: 'b' }),
    beat(group, { id: 'a', epoch: 2 }),
    shownUntil(group, 1),
    beat(group, { id: 'a', epoch: 2 }),
    beat(group, { id: 'b', epoch: 3 }),
    join(group, { id: 'a' }),
  ]),
  script('consumer: a rebalance timeout of nothing', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group, { timeout: 0 }),
    shown(group),
  ]),
  script('consumer: fenced, then in again under the same id', (group) => [
    ...settled(group),
    beat(group, { id: 'a', epoch: 1 }),
    join(group, { id: 'a' }),
    shown(group),
  ]),
  script('consumer: joining again with another subscription', (group) => [
    makeTopic(group, { partitions: 2 }),
    makeTopic(`${group}-b`, { partitions: 1 }),
    join(group),
    join(group, { topics: [`${group}-b`] }),
    shown(group),
  ]),
  script('consumer: leaving in the middle of giving back', (group) => [
    ...two(group),
    beat(group, { id: 'a', epoch: 2 }),
    beat(group, { id: 'a', epoch: -1 }),
    beat(group, { id: 'b', epoch: 3 }),
    shown(group),
  ]),
  script('consumer: a newcomer leaves before it got anything', (group) => [
    ...two(group),
    beat(group, { id: 'b', epoch: -1 }),
    beat(group, { id: 'a', epoch: 2 }),
    shown(group),
  ]),
  script('consumer: all leave, and one comes back', (group) => [
    ...settled(group),
    beat(group, { id: 'a', epoch: -1 }),
    beat(group, { id: 'b', epoch: -1 }),
    shown(group),
    join(group, { id: 'a' }),
    shown(group),
  ]),
  script('consumer: left twice', (group) => [
    ...two(group),
    beat(group, { id: 'b', epoch: -1 }),
    beat(group, { id: 'b', epoch: -1 }),
  ]),
  script('consumer: leaving with words that do not matter then', (group) => [
    makeTopic(group),
    join(group),
    beat(group, { epoch: -1, topics: [], assignor: 'none', owned: [5] }),
    shown(group),
  ]),
  // Static members
  script('consumer: static, its place is given away after a clean farewell', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group, { id: 'a', instance: 'i' }),
    beat(group, { id: 'a', epoch: -2, instance: 'i' }),
    join(group, { id: 'b', instance: 'i', topics: [group], rack: 'r' }),
    shown(group),
  ]),
  script('consumer: static, back with another subscription', (group) => [
    makeTopic(group, { partitions: 2 }),
    makeTopic(`${group}-b`, { partitions: 1 }),
    join(group, { id: 'a', instance: 'i' }),
    beat(group, { id: 'a', epoch: -2, instance: 'i' }),
    join(group, { id: 'b', instance: 'i', topics: [`${group}-b`] }),
    shown(group),
  ]),
  script('consumer: static, the other goes on while one is away', (group) => [
    ...[makeTopic(group, { partitions: 4 })],
    join(group, { id: 'a', instance: 'i' }),
    join(group, { id: 'b', instance: 'k' }),
    beat(group, { id: 'a', epoch: 2, instance: 'i', owned: [0, 1] }),
    beat(group, { id: 'b', epoch: 3, instance: 'k' }),
    beat(group, { id: 'a', epoch: -2, instance: 'i' }),
    beat(group, { id: 'b', epoch: 3, instance: 'k' }),
    shown(group),
    beat(group, { id: 'a', epoch: 3, instance: 'i' }),
  ]),
  script('consumer: static, an administrator sends it away by the old API', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group, { id: 'a', instance: 'i' }),
    leave(group, [{ instance: 'i' }, { instance: 'k' }]),
    shown(group),
    beat(group, { id: 'a', epoch: 2, instance: 'i' }),
  ]),
  script('consumer: static, a name that the member did not bring', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group, { id: 'a' }),
    join(group, { id: 'a', instance: 'i' }),
    shown(group),
  ]),
  script('consumer: static, two names of one member', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group, { id: 'a', instance: 'i' }),
    join(group, { id: 'a', instance: 'k' }),
    shown(group),
  ]),
  // Offsets
  ...[5, 6, 7].map((version) =>
    script(`consumer: commit in v${version}`, (group) => [
      ...settled(group),
      commit(group, { id: 'a', epoch: 3, version }),
      commit(group, { id: 'a', epoch: 1, version }),
    ]),
  ),
  script('consumer: commit, of a static member that is away', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group, { id: 'a', instance: 'i' }),
    beat(group, { id: 'a', epoch: -2, instance: 'i' }),
    commit(group, { id: 'a', epoch: 2, instance: 'i' }),
    commit(group, { id: 'a', epoch: -2, instance: 'i' }),
  ]),
  script('consumer: commit, under a name that is another’s', (group) => [
    makeTopic(group, { partitions: 2 }),
    join(group, { id: 'a', instance: 'i' }),
    commit(group, { id: 'a', epoch: 2, instance: 'k' }),
    commit(group, { id: 'z', epoch: 2, instance: 'i' }),
  ]),
];
