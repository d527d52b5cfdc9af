/** Scripts: FindCoordinator, the classic group APIs, offsets, InitProducerId. */
import {
  deleteGroupsApi,
  describeGroupsApi,
  findCoordinatorApi,
  heartbeatApi,
  initProducerIdApi,
  leaveGroupApi,
  offsetCommitApi,
  offsetDeleteApi,
  offsetFetchApi,
  syncGroupApi,
} from '../../../src/protocol/index.ts';
import { ask, begin, end, makeTopic, type Script, script } from '../script.ts';
import { alone, commit, committed, described, heartbeat, idOf, join, stranger } from './classic-requests.ts';

export const GROUPS: readonly Script[] = [
  ...[0, 1, 3].map((version) =>
    script(`find coordinator: answer of v${version}`, (group) => [
      ask(findCoordinatorApi, version, { key: group }),
      ask(findCoordinatorApi, version, { key: '' }),
    ]),
  ),
  script('find coordinator: several keys', (group) => [
    ask(findCoordinatorApi, 4, { keyType: 0, coordinatorKeys: [group, `${group}-b`, ''] }),
    ask(findCoordinatorApi, 4, { keyType: 0, coordinatorKeys: [] }),
    ask(findCoordinatorApi, 6, { keyType: 0, coordinatorKeys: [group] }),
    ask(findCoordinatorApi, 4, { keyType: 9, coordinatorKeys: [group] }),
    ask(findCoordinatorApi, 4, { keyType: -1, coordinatorKeys: [group] }),
  ]),
  ...[0, 1, 2, 3].map((version) =>
    script(`join group: answer of v${version}`, (group) => [join(group, version)]),
  ),
  ...[4, 5, 6, 7, 9].map((version) =>
    script(`join group: answer of v${version}`, (group) => [
      join(group, version, { as: 'id' }),
      join(group, version, { memberId: idOf('id') }),
    ]),
  ),
  script('join group: refused', (group) => [
    join('', 5),
    join(group, 5, { memberId: stranger }),
    join(group, 5, { sessionTimeoutMs: 1 }),
    join(group, 5, { sessionTimeoutMs: 100_000_000 }),
    join(group, 3, { protocols: [] }),
    join(group, 3, { protocolType: '' }),
    join(`${group}-a`, 5, { instance: '' }),
    join(`${group}-b`, 5, { instance: '..' }),
    join(`${group}-c`, 5, { instance: 'a b' }),
  ]),
  script('join group: a protocol that the group does not share', (group) => [
    ...alone(group),
    join(group, 3, { protocols: ['sticky'], on: 'other' }),
    join(group, 3, { protocolType: 'connect', on: 'other' }),
  ]),
  script('join group: two members', (group) => [
    join(group, 5, { as: 'a' }),
    join(group, 5, { memberId: idOf('a') }),
    join(group, 5, { as: 'b', on: 'other' }),
    begin('joining', join(group, 5, { memberId: idOf('b'), on: 'other' })),
    ask(heartbeatApi, 3, (run) => ({ groupId: group, generationId: 1, memberId: idOf('a')(run) }), {
      until: ({ errorCode }) => errorCode === 27,
    }),
    join(group, 5, { memberId: idOf('a') }),
    end('joining'),
    begin(
      'syncing',
      ask(
        syncGroupApi,
        3,
        (run) => ({ groupId: group, generationId: 2, memberId: idOf('b')(run), assignments: [] }),
        { on: 'other' },
      ),
    ),
    ask(syncGroupApi, 3, (run) => ({
      groupId: group,
      generationId: 2,
      memberId: idOf('a')(run),
      assignments: [
        { memberId: idOf('a')(run), assignment: Buffer.from('A') },
        { memberId: idOf('b')(run), assignment: Buffer.from('B') },
      ],
    })),
    end('syncing'),
  ]),
  script('join group: static members', (group) => [
    join(group, 5, { instance: 'one', as: 'first' }),
    join(group, 5, { instance: 'one', as: 'second', on: 'other' }),
    heartbeat(group, 1, idOf('first')),
    ask(heartbeatApi, 3, (run) => ({
      groupId: group,
      generationId: 1,
      memberId: idOf('first')(run),
      groupInstanceId: 'one',
    })),
    ask(heartbeatApi, 3, { groupId: group, generationId: 1, memberId: 'nobody', groupInstanceId: 'two' }),
    ask(leaveGroupApi, 4, {
      groupId: group,
      members: [
        { memberId: '', groupInstanceId: 'one' },
        { memberId: '', groupInstanceId: 'two' },
      ],
    }),
  ]),
  script('sync group: refused', (group) => [
    ask(syncGroupApi, 3, { groupId: `${group}-not`, generationId: 1, memberId: 'nobody', assignments: [] }),
    ...alone(group),
    ask(syncGroupApi, 3, (run) => ({
      groupId: group,
      generationId: 9,
      memberId: idOf('id')(run),
      assignments: [],
    })),
    ask(syncGroupApi, 3, { groupId: group, generationId: 1, memberId: 'nobody', assignments: [] }),
    ask(syncGroupApi, 5, (run) => ({
      groupId: group,
      generationId: 1,
      memberId: idOf('id')(run),
      protocolType: 'connect',
      protocolName: 'range',
      assignments: [],
    })),
    ask(syncGroupApi, 5, (run) => ({
      groupId: group,
      generationId: 1,
      memberId: idOf('id')(run),
      protocolType: 'consumer',
      protocolName: 'sticky',
      assignments: [],
    })),
    ask(syncGroupApi, 5, (run) => ({
      groupId: group,
      generationId: 1,
      memberId: idOf('id')(run),
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [],
    })),
    ask(syncGroupApi, 3, { groupId: '', generationId: 1, memberId: 'nobody', assignments: [] }),
  ]),
  script('heartbeat', (group) => [
    heartbeat(`${group}-not`, 1, stranger),
    ...alone(group),
    heartbeat(group, 1, idOf('id')),
    heartbeat(group, 2, idOf('id')),
    heartbeat(group, 1, stranger),
    heartbeat(group, 1, () => ''),
    heartbeat('', 1, stranger),
    heartbeat(group, 1, idOf('id'), 0),
  ]),
  script('leave group', (group) => [
    ask(leaveGroupApi, 2, { groupId: `${group}-not`, memberId: 'nobody' }),
    ask(leaveGroupApi, 4, { groupId: `${group}-not`, members: [{ memberId: 'nobody' }] }),
    ...alone(group),
    ask(leaveGroupApi, 4, { groupId: group, members: [{ memberId: 'nobody' }] }),
    ask(leaveGroupApi, 4, { groupId: group, members: [] }),
    ask(leaveGroupApi, 4, (run) => ({
      groupId: group,
      members: [{ memberId: idOf('id')(run) }, { memberId: 'nobody' }],
    })),
    described(group),
    ask(leaveGroupApi, 0, { groupId: group, memberId: 'nobody' }),
    ask(leaveGroupApi, 4, { groupId: '', members: [{ memberId: 'nobody' }] }),
  ]),
  script('describe groups', (group) => [
    described(`${group}-not`),
    described(`${group}-not`, 6),
    described(''),
    join(group, 5, { as: 'id' }),
    described(group),
    ...alone(`${group}-2`),
    ...[0, 3, 4, 5, 6].map((version) => described(`${group}-2`, version)),
    ask(describeGroupsApi, 5, { groups: [] }),
    ask(describeGroupsApi, 5, { groups: [`${group}-2`, `${group}-2`] }),
  ]),
  script('delete groups', (group) => [
    ask(deleteGroupsApi, 2, { groupsNames: [`${group}-not`, ''] }),
    ...alone(group),
    ask(deleteGroupsApi, 2, { groupsNames: [group] }),
    ask(leaveGroupApi, 4, (run) => ({ groupId: group, members: [{ memberId: idOf('id')(run) }] })),
    ask(deleteGroupsApi, 2, { groupsNames: [group, group] }),
    described(group),
    ask(deleteGroupsApi, 2, { groupsNames: [] }),
  ]),
  script('offsets: without a group', (group) => [
    makeTopic(group, { partitions: 2 }),
    committed(group, [{ name: group, partitionIndexes: [0] }]),
    commit(group, group, { offset: 5 }),
    commit(group, group, { offset: 7, partition: 1, metadata: null }),
    committed(group, [{ name: group, partitionIndexes: [0, 1, 5] }]),
    committed(group, null),
    committed(group, []),
    committed(group, [{ name: `${group}-not`, partitionIndexes: [0] }]),
    ...[1, 2, 3, 5, 6].map((version) => committed(group, [{ name: group, partitionIndexes: [0] }], version)),
    described(group),
  ]),
  script('offsets: of several groups', (group) => [
    makeTopic(group),
    commit(group, group),
    ask(offsetFetchApi, 8, {
      groups: [
        { groupId: group, topics: null },
        { groupId: `${group}-not`, topics: [{ name: group, partitionIndexes: [0] }] },
      ],
    }),
    ask(offsetFetchApi, 10, (run) => ({
      groups: [{ groupId: group, topics: [{ topicId: run.topicId(group), partitionIndexes: [0] }] }],
    })),
    ask(offsetFetchApi, 10, {
      groups: [
        { groupId: group, topics: [{ topicId: '0123456789abcdef0123456789abcdef', partitionIndexes: [0] }] },
      ],
    }),
    ask(offsetFetchApi, 9, {
      groups: [{ groupId: group, memberId: 'nobody', memberEpoch: 3, topics: null }],
    }),
    ask(offsetFetchApi, 8, { groups: [] }),
  ]),
  script('offsets: commits that are refused', (group) => [
    makeTopic(group),
    commit(`${group}-not`, group, { generation: 1, member: stranger }),
    ...alone(group),
    commit(group, group, { generation: 1, member: idOf('id') }),
    commit(group, group, { generation: 2, member: idOf('id') }),
    commit(group, group, { generation: 1, member: stranger }),
    commit(group, group),
    commit(group, `${group}-not`, { generation: 1, member: idOf('id') }),
    commit(group, group, { generation: 1, member: idOf('id'), partition: 9 }),
    commit(group, group, { generation: 1, member: idOf('id'), metadata: 'x'.repeat(5000) }),
    commit(group, group, { generation: 1, member: idOf('id'), offset: -1 }),
    commit(group, group, { generation: 1, member: idOf('id'), offset: -5 }),
    commit('', group),
    committed(group, null),
  ]),
  ...[2, 5, 6, 7, 8, 9].map((version) =>
    script(`offsets: commit in v${version}`, (group) => [
      makeTopic(group),
      commit(group, group, { version }),
      commit(group, `${group}-not`, { version }),
      committed(group, null),
    ]),
  ),
  script('offsets: commit by topic id', (group) => [
    makeTopic(group),
    ask(offsetCommitApi, 10, (run) => ({
      groupId: group,
      memberId: '',
      topics: [
        {
          topicId: run.topicId(group),
          partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: '' }],
        },
      ],
    })),
    ask(offsetCommitApi, 10, {
      groupId: group,
      memberId: '',
      topics: [
        {
          topicId: '0123456789abcdef0123456789abcdef',
          partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: '' }],
        },
      ],
    }),
    committed(group, null),
  ]),
  script('offsets: delete', (group) => [
    makeTopic(group, { partitions: 2 }),
    commit(group, group),
    ask(offsetDeleteApi, 0, {
      groupId: group,
      topics: [
        { name: group, partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }, { partitionIndex: 9 }] },
        { name: `${group}-not`, partitions: [{ partitionIndex: 0 }] },
      ],
    }),
    committed(group, null),
    ask(offsetDeleteApi, 0, {
      groupId: `${group}-not`,
      topics: [{ name: group, partitions: [{ partitionIndex: 0 }] }],
    }),
    ask(offsetDeleteApi, 0, { groupId: '', topics: [] }),
  ]),
  script('producer ids', () => [
    ...[0, 1, 2, 3, 4, 5].map((version) =>
      ask(initProducerIdApi, version, { transactionalId: null, transactionTimeoutMs: 1000 }),
    ),
    ask(initProducerIdApi, 4, { transactionalId: null, transactionTimeoutMs: 0 }),
    ask(initProducerIdApi, 4, {
      transactionalId: null,
      transactionTimeoutMs: 1000,
      producerId: 5,
      producerEpoch: -1,
    }),
    ask(initProducerIdApi, 4, {
      transactionalId: null,
      transactionTimeoutMs: 1000,
      producerId: -1,
      producerEpoch: 3,
    }),
    ask(initProducerIdApi, 4, {
      transactionalId: null,
      transactionTimeoutMs: 1000,
      producerId: 5,
      producerEpoch: 3,
    }),
    ask(initProducerIdApi, 4, { transactionalId: '', transactionTimeoutMs: 1000 }),
  ]),
];
