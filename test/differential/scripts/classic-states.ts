/** Scripts: every request over a classic group in every state that a group can be in. */
import { deleteGroupsApi, offsetDeleteApi, offsetFetchApi } from '../../../src/protocol/index.ts';
import { ask, begin, makeTopic, type Run, type Script, type Step, script } from '../script.ts';
import {
  commit,
  described,
  enter,
  first,
  heartbeat,
  heartbeatUntil,
  leave,
  reading,
  REBALANCE_IN_PROGRESS,
  stranger,
  sync,
} from './classic-requests.ts';
import { join as joinNew } from './consumer-requests.ts';

interface Stage {
  readonly state: string;
  readonly steps: (group: string) => readonly Step[];
  readonly generation: number;
  /** A member that is or was in it. */
  readonly member: (run: Run) => string;
}

const stable = (group: string): Step[] => [
  enter(group, { metadata: reading(group), as: 'first' }),
  sync(group, 1, first, { gives: [[first, 'A']] }),
];

const STAGES: readonly Stage[] = [
  { state: 'there is no group', steps: () => [], generation: 1, member: stranger },
  {
    state: 'the group is empty',
    steps: (group) => [...stable(group), leave(group, [{ member: first }])],
    generation: 1,
    member: first,
  },
  {
    state: 'the group rebalances',
    steps: (group) => [
      ...stable(group),
      begin('joining', enter(group, { on: 'other' })),
      heartbeatUntil(group, 1, first, REBALANCE_IN_PROGRESS),
    ],
    generation: 1,
    member: first,
  },
  {
    state: 'the group waits for its assignment',
    steps: (group) => [enter(group, { metadata: reading(group), as: 'first' })],
    generation: 1,
    member: first,
  },
  { state: 'the group is stable', steps: stable, generation: 1, member: first },
];

type Request = readonly [what: string, steps: (group: string, stage: Stage) => readonly Step[]];

const REQUESTS: readonly Request[] = [
  [
    'heartbeats',
    (group, { generation, member }) => [
      heartbeat(group, generation, member),
      heartbeat(group, generation + 1, member),
      heartbeat(group, generation - 1, member),
      heartbeat(group, generation, stranger),
    ],
  ],
  [
    'syncs',
    (group, { generation, member }) => [
      sync(group, generation + 1, member),
      sync(group, generation - 1, member),
      sync(group, generation, stranger),
      sync(group, generation, member, { version: 5, protocolType: 'consumer', protocolName: 'other' }),
      sync(group, generation, member, { gives: [[member, 'S']] }),
    ],
  ],
  [
    'commits of members',
    (group, { generation, member }) => [
      commit(group, group, { generation, member, offset: 2 }),
      commit(group, group, { generation: generation + 1, member }),
      commit(group, group, { generation: generation - 1, member }),
      commit(group, group, { generation, member: stranger }),
      commit(group, group, { generation: -1, member }),
    ],
  ],
  [
    'commits of no member',
    (group) => [
      commit(group, group, { offset: 3 }),
      commit(group, group, { generation: 0 }),
      commit(group, group, { generation: 1 }),
      ask(offsetFetchApi, 7, { groupId: group, topics: null }),
    ],
  ],
  [
    'a stranger, leaving',
    (group) => [leave(group, [{ member: stranger }, { instance: 'nobody' }]), described(group)],
  ],
  ['described', (group) => [described(group, 0), described(group, 4), described(group, 6)]],
  ['deleted', (group) => [ask(deleteGroupsApi, 2, { groupsNames: [group] }), described(group)]],
  [
    'offsets deleted, of a topic it reads and of another',
    (group) => [
      commit(group, group),
      ask(offsetDeleteApi, 0, {
        groupId: group,
        topics: [
          { name: group, partitions: [{ partitionIndex: 0 }] },
          { name: `${group}-b`, partitions: [{ partitionIndex: 0 }] },
        ],
      }),
    ],
  ],
  [
    'a member of the consumer protocol, joining',
    (group) => [joinNew(group, { id: 'new', topics: [`${group}-b`] }), described(group)],
  ],
];

export const CLASSIC_STATES: readonly Script[] = STAGES.flatMap((stage) =>
  REQUESTS.map(([what, steps]) =>
    script(`while ${stage.state}: ${what}`, (group) => [
      makeTopic(group),
      ...stage.steps(group),
      ...steps(group, stage),
    ]),
  ),
);
