/** Scripts: committed offsets: what is kept of a commit, in which version it is told, what takes it away. */
import {
  deleteGroupsApi,
  deleteTopicsApi,
  type Input,
  offsetCommitApi,
  type OffsetCommitRequest,
  offsetDeleteApi,
  offsetFetchApi,
  type OffsetFetchRequest,
} from '../../../src/protocol/index.ts';
import { ask, makeTopic, type Script, script } from '../script.ts';
import {
  alone,
  commit,
  committed,
  described,
  enter,
  first,
  heartbeat,
  idOf,
  leave,
  reading,
  second,
  stranger,
  sync,
} from './classic-requests.ts';

type Committed = OffsetCommitRequest['topics'][number]['partitions'][number];

/** Commits of no member, as they are written. */
const commits = (
  groupId: string,
  topics: Readonly<Record<string, readonly Partial<Committed>[]>>,
  version = 8,
  more: Partial<OffsetCommitRequest> = {},
) =>
  ask(offsetCommitApi, version, {
    groupId,
    memberId: '',
    topics: Object.entries(topics).map(([name, partitions]) => ({
      name,
      partitions: partitions.map((partition) => ({
        partitionIndex: 0,
        committedOffset: 1,
        committedMetadata: '',
        ...partition,
      })),
    })),
    ...more,
  });

const fetched = (request: Input<OffsetFetchRequest>, version = 8) => ask(offsetFetchApi, version, request);

const deleted = (groupId: string, topics: Readonly<Record<string, readonly number[]>>) =>
  ask(offsetDeleteApi, 0, {
    groupId,
    topics: Object.entries(topics).map(([name, indexes]) => ({
      name,
      partitions: indexes.map((partitionIndex) => ({ partitionIndex })),
    })),
  });

export const OFFSETS: readonly Script[] = [
  ...[3, 4].map((version) =>
    script(`offsets: commit in v${version}`, (group) => [
      makeTopic(group),
      commit(group, group, { version }),
      commit(group, `${group}-not`, { version }),
      committed(group, null),
    ]),
  ),
  script('offsets: a retention asked by the client', (group) => [
    makeTopic(group),
    commits(group, { [group]: [{}] }, 2, { retentionTimeMs: 86_400_000 }),
    commits(`${group}-b`, { [group]: [{}] }, 4, { retentionTimeMs: 0 }),
    committed(group, null),
    committed(`${group}-b`, null),
  ]),
  script('offsets: leader epochs, kept and told', (group) => [
    makeTopic(group, { partitions: 2 }),
    commits(group, {
      [group]: [{ committedLeaderEpoch: 3 }, { partitionIndex: 1, committedLeaderEpoch: -1 }],
    }),
    committed(group, null, 4),
    committed(group, null, 5),
    fetched({ groups: [{ groupId: group, topics: null }] }),
  ]),
  script('offsets: a leader epoch that is none', (group) => [
    makeTopic(group),
    commits(group, { [group]: [{ committedLeaderEpoch: -7 }] }),
    committed(group, null),
  ]),
  script('offsets: a commit in a version without leader epochs forgets them', (group) => [
    makeTopic(group),
    commits(group, { [group]: [{ committedLeaderEpoch: 3 }] }),
    commits(group, { [group]: [{ committedOffset: 2 }] }, 5),
    committed(group, null),
  ]),
  script('offsets: backwards, the same again', (group) => [
    makeTopic(group),
    commit(group, group, { offset: 9 }),
    commit(group, group, { offset: 9, metadata: 'again' }),
    commit(group, group, { offset: 2 }),
    committed(group, null),
  ]),
  script('offsets: beyond the end of the log, very far', (group) => [
    makeTopic(group),
    commit(group, group, { offset: 1_000_000 }),
    committed(group, null),
    commit(group, group, { offset: Number.MAX_SAFE_INTEGER }),
    committed(group, null),
  ]),
  script('offsets: negative ones, each', (group) => [
    makeTopic(group),
    commit(group, group, { offset: 4 }),
    ...[-1, -2, -100].map((offset) => commit(group, group, { offset })),
    committed(group, null),
  ]),
  script('offsets: metadata as long as it may be, and longer', (group) => [
    makeTopic(group),
    commit(group, group, { metadata: 'x'.repeat(4096) }),
    commit(group, group, { metadata: 'x'.repeat(4097), offset: 2 }),
    ask(
      offsetFetchApi,
      7,
      { groupId: group, topics: null },
      {
        pick: ({ topics }) =>
          topics.map(({ partitions }) =>
            partitions.map((one) => [one.committedOffset, one.metadata?.length]),
          ),
      },
    ),
  ]),
  script('offsets: metadata is counted in characters, not in bytes', (group) => [
    makeTopic(group),
    commit(group, group, { metadata: 'ü'.repeat(4096) }),
    commit(group, group, { metadata: '😀'.repeat(2048), offset: 2 }),
    commit(group, group, { metadata: '😀'.repeat(2049), offset: 3 }),
    ask(
      offsetFetchApi,
      7,
      { groupId: group, topics: null },
      {
        pick: ({ topics }) =>
          topics.map(({ partitions }) =>
            partitions.map((one) => [one.committedOffset, one.metadata?.length]),
          ),
      },
    ),
  ]),
  script('offsets: one that is refused among others that are kept', (group) => [
    makeTopic(group, { partitions: 2 }),
    makeTopic(`${group}-b`),
    commits(group, {
      [group]: [{ committedMetadata: 'x'.repeat(5000) }, { partitionIndex: 1 }, { partitionIndex: 2 }],
      [`${group}-b`]: [{ committedOffset: 8 }],
      [`${group}-not`]: [{}],
    }),
    committed(group, null),
  ]),
  script('offsets: one partition twice in a commit', (group) => [
    makeTopic(group),
    commits(group, { [group]: [{ committedOffset: 5 }, { committedOffset: 6 }] }),
    committed(group, null),
  ]),
  script('offsets: a commit of nothing', (group) => [
    makeTopic(group),
    commits(group, {}),
    described(group),
    commits(group, { [group]: [] }),
    committed(group, null),
    described(group),
  ]),
  script('offsets: a negative partition', (group) => [
    makeTopic(group),
    commits(group, { [group]: [{ partitionIndex: -1 }] }),
    committed(group, [{ name: group, partitionIndexes: [-1, 0] }]),
  ]),
  script('offsets: a group that only keeps offsets, described and deleted', (group) => [
    makeTopic(group),
    commit(group, group),
    described(group, 6),
    ask(deleteGroupsApi, 2, { groupsNames: [group] }),
    committed(group, null),
    described(group, 6),
  ]),
  script('offsets: with all offsets deleted the group is gone', (group) => [
    makeTopic(group),
    commit(group, group),
    deleted(group, { [group]: [0] }),
    described(group, 6),
    ask(deleteGroupsApi, 2, { groupsNames: [group] }),
  ]),
  script('offsets: deleted, what is not there, and twice', (group) => [
    makeTopic(group, { partitions: 2 }),
    commit(group, group),
    deleted(group, { [group]: [1] }),
    deleted(group, { [group]: [0, 0] }),
    committed(group, null),
  ]),
  script('offsets: deleted, of no topics, of no partitions', (group) => [
    makeTopic(group),
    commit(group, group),
    deleted(group, {}),
    deleted(group, { [group]: [] }),
    committed(group, null),
  ]),
  script('offsets: a stable group gives up a topic it does not read', (group) => [
    makeTopic(group),
    makeTopic(`${group}-b`),
    enter(group, { metadata: reading(group), as: 'first' }),
    sync(group, 1, first),
    commits(group, { [group]: [{}], [`${group}-b`]: [{}] }, 8, {}),
    commit(group, group, { generation: 1, member: first }),
    commit(group, `${group}-b`, { generation: 1, member: first }),
    deleted(group, { [group]: [0], [`${group}-b`]: [0] }),
    committed(group, null),
  ]),
  script('offsets: a stable group of another kind gives up nothing', (group) => [
    makeTopic(group),
    enter(group, { protocolType: 'connect', as: 'first' }),
    sync(group, 1, first),
    commit(group, group, { generation: 1, member: first }),
    deleted(group, { [group]: [0] }),
    committed(group, null),
  ]),
  script('offsets: an empty group gives up the topic it read', (group) => [
    makeTopic(group),
    enter(group, { metadata: reading(group), as: 'first' }),
    sync(group, 1, first),
    commit(group, group, { generation: 1, member: first }),
    leave(group, [{ member: first }]),
    deleted(group, { [group]: [0] }),
    committed(group, null),
    described(group),
  ]),
  script('offsets: a topic that is deleted takes its offsets along', (group) => [
    makeTopic(group),
    makeTopic(`${group}-b`),
    commits(group, { [group]: [{}], [`${group}-b`]: [{}] }),
    ask(deleteTopicsApi, 5, { topicNames: [`${group}-b`], timeoutMs: 5000 }),
    ask(offsetFetchApi, 7, { groupId: group, topics: null }, { until: ({ topics }) => topics.length === 1 }),
    commit(group, `${group}-b`),
  ]),
  script('offsets: a topic made anew has none', (group) => [
    makeTopic(group),
    commit(group, group, { offset: 7 }),
    ask(deleteTopicsApi, 5, { topicNames: [group], timeoutMs: 5000 }),
    ask(offsetFetchApi, 7, { groupId: group, topics: null }, { until: ({ topics }) => topics.length === 0 }),
    makeTopic(group),
    committed(group, [{ name: group, partitionIndexes: [0] }]),
    ask(offsetFetchApi, 10, (run) => ({
      groups: [{ groupId: group, topics: [{ topicId: run.topicId(group), partitionIndexes: [0] }] }],
    })),
  ]),
  script('offsets: they outlive the members', (group) => [
    makeTopic(group),
    ...alone(group),
    commit(group, group, { generation: 1, member: idOf('id'), offset: 5 }),
    leave(group, [{ member: idOf('id') }]),
    committed(group, null),
    commit(group, group, { generation: 1, member: idOf('id'), offset: 6 }),
    commit(group, group, { offset: 7 }),
    committed(group, null),
  ]),
  script('offsets: a commit is a sign of life', (group) => [
    makeTopic(group),
    enter(group, { as: 'first' }),
    sync(group, 1, first),
    commit(group, group, { generation: 1, member: first, version: 2 }),
    heartbeat(group, 1, first),
    commit(group, group, { generation: 1, member: first, version: 7 }),
  ]),
  script('static: commits under a name', (group) => [
    makeTopic(group),
    enter(group, { instance: 'one', as: 'first' }),
    sync(group, 1, first, { instance: 'one' }),
    ...(
      [
        [first, 'one'],
        [stranger, 'one'],
        [first, 'two'],
        [first, null],
      ] as const
    ).map(([member, groupInstanceId], index) =>
      ask(offsetCommitApi, 8, (run) => ({
        groupId: group,
        generationIdOrMemberEpoch: 1,
        memberId: member(run),
        groupInstanceId,
        topics: [
          {
            name: group,
            partitions: [{ partitionIndex: 0, committedOffset: index, committedMetadata: null }],
          },
        ],
      })),
    ),
    committed(group, null),
  ]),
  script('static: commits of the former self', (group) => [
    makeTopic(group),
    enter(group, { instance: 'one', as: 'first' }),
    sync(group, 1, first, { instance: 'one' }),
    enter(group, { instance: 'one', as: 'second' }),
    commit(group, group, { generation: 1, member: first }),
    commit(group, group, { generation: 1, member: second, offset: 2 }),
    committed(group, null),
  ]),
  // Fetched
  script('offsets: fetched in v4', (group) => [
    makeTopic(group),
    commit(group, group),
    committed(group, [{ name: group, partitionIndexes: [0] }], 4),
    committed(`${group}-not`, null, 4),
  ]),
  script('offsets: fetched of a group without a name', (group) => [
    makeTopic(group),
    committed('', [{ name: group, partitionIndexes: [0] }], 2),
    committed('', [{ name: group, partitionIndexes: [0] }], 1),
    fetched({ groups: [{ groupId: '', topics: [{ name: group, partitionIndexes: [0] }] }] }),
  ]),
  script('offsets: fetched, one group and one partition twice', (group) => [
    makeTopic(group),
    commit(group, group),
    committed(group, [{ name: group, partitionIndexes: [0, 0] }]),
    committed(group, [
      { name: group, partitionIndexes: [0] },
      { name: group, partitionIndexes: [0] },
    ]),
  ]),
  script('offsets: fetched, topics without partitions', (group) => [
    makeTopic(group),
    commit(group, group),
    committed(group, [{ name: group, partitionIndexes: [] }]),
    fetched({ groups: [{ groupId: group, topics: [] }] }),
    fetched({ groups: [{ groupId: group, topics: [{ name: group, partitionIndexes: [] }] }] }),
  ]),
  script('offsets: all of several topics', (group) => [
    makeTopic(group, { partitions: 3 }),
    makeTopic(`${group}-b`),
    commits(group, {
      [group]: [{ partitionIndex: 2, committedOffset: 2 }, { partitionIndex: 0 }],
      [`${group}-b`]: [{ committedOffset: 9, committedMetadata: 'b' }],
    }),
    fetched({ groups: [{ groupId: group, topics: null }] }),
    committed(group, null, 2),
  ]),
  script('offsets: all, by id', (group) => [
    makeTopic(group),
    commit(group, group),
    fetched({ groups: [{ groupId: group, topics: null }] }, 10),
  ]),
  script('offsets: stable ones asked for, and there are no others', (group) => [
    makeTopic(group),
    commit(group, group),
    fetched({ groupId: group, topics: null, requireStable: true }, 7),
    fetched({ groups: [{ groupId: group, topics: null }], requireStable: true }),
  ]),
  script('offsets: fetched with a member that a classic group has not', (group) => [
    makeTopic(group),
    ...alone(group),
    commit(group, group, { generation: 1, member: idOf('id') }),
    ask(offsetFetchApi, 9, (run) => ({
      groups: [{ groupId: group, memberId: idOf('id')(run), memberEpoch: 1, topics: null }],
    })),
    ask(offsetFetchApi, 9, {
      groups: [{ groupId: group, memberId: 'nobody', memberEpoch: 1, topics: null }],
    }),
    ask(offsetFetchApi, 9, { groups: [{ groupId: group, memberId: null, memberEpoch: 7, topics: null }] }),
  ]),
];
