/** Scripts: what administrators ask of groups: lists, descriptions, deletions, settings. */
import {
  consumerGroupDescribeApi,
  deleteGroupsApi,
  describeGroupsApi,
  findCoordinatorApi,
  incrementalAlterConfigsApi,
  type Input,
  listConfigResourcesApi,
  listGroupsApi,
  type ListGroupsRequest,
} from '../../../src/protocol/index.ts';
import { ask, begin, makeTopic, type Script, type Step, script } from '../script.ts';
import {
  alone,
  commit,
  described,
  enter,
  first,
  heartbeatUntil,
  idOf,
  join,
  leave,
  REBALANCE_IN_PROGRESS,
  sync,
} from './classic-requests.ts';
import { beat, join as joinNew, shown, two } from './consumer-requests.ts';
import { type Alteration, alterConfigs, DELETE, describeConfigs, SET } from './requests.ts';

const GROUP = 32;

/** The list, of it the groups of this script: their ids begin with its name and a dot. */
const listed = (group: string, request: Input<ListGroupsRequest> = {}, version = 5) =>
  ask(listGroupsApi, version, request, {
    pick: ({ groups, errorCode }) => ({
      errorCode,
      groups: groups.filter(({ groupId }) => groupId.startsWith(`${group}.`)),
    }),
  });

/** One group in each state that lasts, of both kinds, and one that only keeps offsets. */
const all = (group: string): Step[] => [
  makeTopic(group, { partitions: 2 }),
  commit(`${group}.offsets`, group),
  enter(`${group}.stable`, { as: 'stable' }),
  sync(`${group}.stable`, 1, idOf('stable')),
  enter(`${group}.completing`),
  enter(`${group}.preparing`, { as: 'first' }),
  begin('joining', enter(`${group}.preparing`, { on: 'other' })),
  heartbeatUntil(`${group}.preparing`, 1, first, REBALANCE_IN_PROGRESS),
  enter(`${group}.connect`, { protocolType: 'connect' }),
  joinNew(`${group}.consumer`, { topics: [group] }),
  joinNew(`${group}.reconciling`, { id: 'a', topics: [group] }),
  joinNew(`${group}.reconciling`, { id: 'b', topics: [group] }),
  joinNew(`${group}.left`, { topics: [group] }),
  beat(`${group}.left`, { epoch: -1 }),
];

/** A setting of a group, once it counts. */
const alteredAndSeen = (group: string, alterations: readonly Alteration[], name: string, value: string) => [
  alterConfigs(GROUP, group, alterations),
  describeConfigs(GROUP, group, [name], 4, {
    until: ({ results }: { results: { configs: { value: string | null }[] }[] }) =>
      results[0]!.configs[0]!.value === value,
  } as never),
];

export const GROUP_ADMIN: readonly Script[] = [
  // Lists
  ...[0, 1, 2, 3, 4, 5].map((version) =>
    script(`list groups: v${version}`, (group) => [...all(group), listed(group, {}, version)]),
  ),
  script('list groups: by state, each', (group) => [
    ...all(group),
    ...[
      'Stable',
      'Empty',
      'PreparingRebalance',
      'CompletingRebalance',
      'Assigning',
      'Reconciling',
      'Dead',
    ].map((state) => listed(group, { statesFilter: [state] })),
  ]),
  script('list groups: by several states, in any case, by one that does not exist', (group) => [
    ...all(group),
    listed(group, { statesFilter: ['Stable', 'Empty'] }),
    listed(group, { statesFilter: ['stable'] }),
    listed(group, { statesFilter: ['PREPARINGREBALANCE'] }),
    listed(group, { statesFilter: ['Preparing_Rebalance'] }),
    listed(group, { statesFilter: ['asleep'] }),
    listed(group, { statesFilter: [''] }),
    listed(group, { statesFilter: ['asleep', 'Empty'] }, 4),
  ]),
  script('list groups: by type, in any case, by one that does not exist', (group) => [
    ...all(group),
    listed(group, { typesFilter: ['classic'] }),
    listed(group, { typesFilter: ['consumer'] }),
    listed(group, { typesFilter: ['Consumer', 'CLASSIC'] }),
    listed(group, { typesFilter: ['share'] }),
    listed(group, { typesFilter: ['streams'] }),
    listed(group, { typesFilter: ['asleep'] }),
    listed(group, { typesFilter: ['asleep', 'classic'] }),
  ]),
  script('list groups: by type and state', (group) => [
    ...all(group),
    listed(group, { statesFilter: ['Empty'], typesFilter: ['consumer'] }),
    listed(group, { statesFilter: ['Empty'], typesFilter: ['classic'] }),
    listed(group, { statesFilter: ['Reconciling'], typesFilter: ['classic'] }),
  ]),
  script('list groups: what was deleted', (group) => [
    makeTopic(group),
    commit(`${group}.a`, group),
    commit(`${group}.b`, group),
    ask(deleteGroupsApi, 2, { groupsNames: [`${group}.a`] }),
    listed(group),
  ]),
  script('list groups: an id that was given makes a group', (group) => [join(`${group}.a`), listed(group)]),
  script('list groups: what was only asked for is no group', (group) => [
    described(`${group}.a`),
    shown(`${group}.b`),
    ask(findCoordinatorApi, 4, { keyType: 0, coordinatorKeys: [`${group}.c`] }),
    beat(`${group}.d`, { epoch: 3 }),
    leave(`${group}.e`, [{ instance: 'one' }]),
    listed(group),
  ]),
  script('list groups: a refused join makes no group', (group) => [
    join(`${group}.a`, 5, { protocols: [] }),
    join(`${group}.b`, 5, { sessionTimeoutMs: 1 }),
    joinNew(`${group}.c`, { assignor: 'none', topics: [group] }),
    join(`${group}.d`, 3, { memberId: () => 'nobody' }),
    listed(group),
  ]),
  // Descriptions
  script('describe groups: several at once, of all kinds', (group) => [
    ...all(group),
    ask(describeGroupsApi, 5, {
      groups: ['offsets', 'stable', 'completing', 'preparing', 'connect', 'consumer', 'left', 'none'].map(
        (name) => `${group}.${name}`,
      ),
    }),
  ]),
  script('describe groups: several at once, of all kinds, by the new API', (group) => [
    ...all(group),
    ask(consumerGroupDescribeApi, 1, {
      groupIds: ['offsets', 'stable', 'connect', 'consumer', 'reconciling', 'left', 'none'].map(
        (name) => `${group}.${name}`,
      ),
    }),
  ]),
  script('describe groups: what one may do', (group) => [
    ...alone(group),
    ...[3, 5, 6].map((version) =>
      ask(describeGroupsApi, version, { groups: [group, `${group}-not`], includeAuthorizedOperations: true }),
    ),
  ]),
  script('describe groups: what one may do, by the new API', (group) => [
    makeTopic(group),
    joinNew(group),
    ...[0, 1].map((version) =>
      ask(consumerGroupDescribeApi, version, {
        groupIds: [group, `${group}-not`],
        includeAuthorizedOperations: true,
      }),
    ),
  ]),
  script('describe groups: none, one without a name, one twice, by the new API', (group) => [
    makeTopic(group),
    joinNew(group),
    ask(consumerGroupDescribeApi, 1, { groupIds: [] }),
    ask(consumerGroupDescribeApi, 1, { groupIds: [''] }),
    ask(consumerGroupDescribeApi, 1, { groupIds: [group, group] }),
  ]),
  ...[1, 2].map((version) =>
    script(`describe groups: a consumer’s, v${version}`, (group) => [
      ...alone(group),
      described(group, version),
    ]),
  ),
  script('describe groups: static members, in versions with and without them', (group) => [
    enter(group, { instance: 'one', as: 'first' }),
    sync(group, 1, first, { gives: [[first, 'A']] }),
    described(group, 3),
    described(group, 4),
  ]),
  // Deletions
  ...[0, 1].map((version) =>
    script(`delete groups: v${version}`, (group) => [
      makeTopic(group),
      commit(group, group),
      ask(deleteGroupsApi, version, { groupsNames: [group, `${group}-not`] }),
    ]),
  ),
  script('delete groups: of all kinds at once', (group) => [
    ...all(group),
    ask(deleteGroupsApi, 2, {
      groupsNames: [
        'offsets',
        'stable',
        'completing',
        'preparing',
        'connect',
        'consumer',
        'reconciling',
        'left',
        'none',
      ].map((name) => `${group}.${name}`),
    }),
    listed(group),
  ]),
  script('delete groups: what was deleted begins anew', (group) => [
    ...alone(group),
    leave(group, [{ member: idOf('id') }]),
    ask(deleteGroupsApi, 2, { groupsNames: [group] }),
    enter(group),
  ]),
  script('delete groups: a consumer group that was deleted begins anew', (group) => [
    ...two(group),
    beat(group, { id: 'a', epoch: -1 }),
    beat(group, { id: 'b', epoch: -1 }),
    ask(deleteGroupsApi, 2, { groupsNames: [group] }),
    joinNew(group),
  ]),
  script('delete groups: a deleted one may come back as the other kind', (group) => [
    makeTopic(group),
    joinNew(group),
    beat(group, { epoch: -1 }),
    ask(deleteGroupsApi, 2, { groupsNames: [group] }),
    enter(group, { protocolType: 'connect' }),
  ]),
  // Settings
  script('group settings: an interval of heartbeats is told to members', (group) => [
    makeTopic(group),
    ...alteredAndSeen(
      group,
      [[SET, 'consumer.heartbeat.interval.ms', '6000']],
      'consumer.heartbeat.interval.ms',
      '6000',
    ),
    joinNew(group),
    ...alteredAndSeen(
      group,
      [[DELETE, 'consumer.heartbeat.interval.ms', null]],
      'consumer.heartbeat.interval.ms',
      '5000',
    ),
    beat(group, { epoch: 2 }),
  ]),
  script('group settings: outside their bounds', (group) => [
    ...(
      [
        ['consumer.session.timeout.ms', '44999'],
        ['consumer.session.timeout.ms', '60001'],
        ['consumer.session.timeout.ms', '60000'],
        ['consumer.heartbeat.interval.ms', '4999'],
        ['consumer.heartbeat.interval.ms', '15001'],
        ['consumer.heartbeat.interval.ms', '15000'],
        ['consumer.session.timeout.ms', 'long'],
        ['consumer.session.timeout.ms', ''],
        ['consumer.session.timeout.ms', '-1'],
      ] as const
    ).map(([name, value]) => alterConfigs(GROUP, group, [[SET, name, value]], true)),
  ]),
  script('group settings: of other kinds of groups', (group) => [
    ...(
      [
        ['share.session.timeout.ms', '45000'],
        ['share.record.lock.duration.ms', '30000'],
        ['share.auto.offset.reset', 'earliest'],
        ['share.auto.offset.reset', 'sometimes'],
        ['streams.num.standby.replicas', '1'],
        ['streams.session.timeout.ms', '45000'],
      ] as const
    ).map(([name, value]) => alterConfigs(GROUP, group, [[SET, name, value]], true)),
  ]),
  script('group settings: of a group that does not exist', (group) => [
    describeConfigs(GROUP, group, ['consumer.session.timeout.ms', 'consumer.heartbeat.interval.ms']),
    describeConfigs(GROUP, group, ['no.such.setting']),
    describeConfigs(GROUP, '', ['consumer.session.timeout.ms']),
  ]),
  script('group settings: tried only', (group) => [
    alterConfigs(GROUP, group, [[SET, 'consumer.session.timeout.ms', '50000']], true),
    describeConfigs(GROUP, group, ['consumer.session.timeout.ms']),
  ]),
  script('group settings: two at once, one of them wrong', (group) => [
    alterConfigs(GROUP, group, [
      [SET, 'consumer.session.timeout.ms', '50000'],
      [SET, 'consumer.heartbeat.interval.ms', '1'],
    ]),
    describeConfigs(GROUP, group, ['consumer.session.timeout.ms']),
  ]),
  script('group settings: one group twice in a request', (group) => [
    ask(incrementalAlterConfigsApi, 1, {
      resources: ['50000', '51000'].map((value) => ({
        resourceType: GROUP,
        resourceName: group,
        configs: [{ name: 'consumer.session.timeout.ms', configOperation: SET, value }],
      })),
      validateOnly: true,
    }),
  ]),
  script('group settings: which groups have some', (group) => [
    ...alteredAndSeen(
      `${group}.a`,
      [[SET, 'consumer.session.timeout.ms', '50000']],
      'consumer.session.timeout.ms',
      '50000',
    ),
    makeTopic(`${group}.a`),
    commit(`${group}.b`, `${group}.a`),
    ...[[32], [2], [32, 2], [16], [4], [8], [9]].map((resourceTypes) =>
      ask(
        listConfigResourcesApi,
        1,
        { resourceTypes },
        {
          pick: ({ errorCode, configResources }) => ({
            errorCode,
            names: configResources
              .filter(({ resourceName }) => resourceName.startsWith(`${group}.`))
              .map(({ resourceName, resourceType }) => `${resourceType} ${resourceName}`)
              .sort(),
          }),
        },
      ),
    ),
    ask(listConfigResourcesApi, 0, {}),
  ]),
  // Where a group is
  script('find coordinator: v2, v5, and v6 of several', (group) => [
    ask(findCoordinatorApi, 2, { key: group }),
    ask(findCoordinatorApi, 5, { keyType: 0, coordinatorKeys: [group] }),
    ask(findCoordinatorApi, 6, { keyType: 0, coordinatorKeys: [group, `${group}-b`] }),
  ]),
  script('find coordinator: of a share group', (group) => [
    ask(findCoordinatorApi, 5, { keyType: 2, coordinatorKeys: [group] }),
    ask(findCoordinatorApi, 6, { keyType: 2, coordinatorKeys: [group] }),
    ask(findCoordinatorApi, 6, { keyType: 2, coordinatorKeys: [`${group}:AAAAAAAAAAAAAAAAAAAAAQ:0`] }),
  ]),
  script('find coordinator: one key twice, long ones, odd ones', (group) => [
    ask(findCoordinatorApi, 4, { keyType: 0, coordinatorKeys: [group, group] }),
    ask(findCoordinatorApi, 4, { keyType: 0, coordinatorKeys: [`${group} ünï ✓`, 'x'.repeat(3000)] }),
  ]),
];
