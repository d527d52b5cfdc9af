/** Scripts: members of classic groups, one and two of them: who leads, who waits, who is put out. */
import { encodeSubscription, heartbeatApi, leaveGroupApi } from '../../../src/protocol/index.ts';
import { ask, begin, end, type Script, script } from '../script.ts';
import {
  alone,
  commit,
  committed,
  described,
  describedUntil,
  enter,
  first,
  heartbeat,
  heartbeatUntil,
  idOf,
  join,
  joinedPair,
  leave,
  pair,
  reading,
  REBALANCE_IN_PROGRESS,
  second,
  stranger,
  sync,
} from './classic-requests.ts';

const OTHER = reading('elsewhere');

export const CLASSIC_MEMBERS: readonly Script[] = [
  // Which protocol, and who leads
  script('classic: the protocol that both members know', (group) => [
    ...joinedPair(group, { protocols: ['range', 'roundrobin'] }, { protocols: ['roundrobin', 'sticky'] }),
    described(group),
  ]),
  script('classic: the protocol that most members prefer', (group) => [
    enter(group, { protocols: ['range', 'sticky'], as: 'first' }),
    begin('b', enter(group, { protocols: ['sticky', 'range'], on: 'b' })),
    heartbeatUntil(group, 1, first, REBALANCE_IN_PROGRESS),
    begin('c', enter(group, { protocols: ['sticky', 'range'], on: 'c' })),
    ask(heartbeatApi, 3, (run) => ({ groupId: group, generationId: 1, memberId: first(run) })),
    enter(group, { protocols: ['range', 'sticky'], memberId: first }),
    end('b'),
    end('c'),
  ]),
  script('classic: a newcomer with no protocol in common', (group) => [
    ...pair(group, { protocols: ['range', 'sticky'] }, { protocols: ['range'] }),
    enter(group, { protocols: ['roundrobin', 'sticky'], on: 'c' }),
    heartbeat(group, 2, first),
  ]),
  script('classic: a member that comes back with no protocol in common', (group) => [
    ...pair(group),
    enter(group, { protocols: ['sticky'], memberId: second, on: 'other' }),
    heartbeat(group, 2, second),
  ]),
  script('classic: alone, a member may change its protocol', (group) => [
    ...alone(group),
    join(group, 5, { memberId: idOf('id'), protocols: ['sticky'] }),
    described(group),
  ]),
  script('classic: a protocol named twice', (group) => [
    enter(group, { protocols: ['range', 'range'], as: 'first' }),
    described(group),
  ]),
  script('classic: an empty group may become one of another kind', (group) => [
    ...alone(group),
    leave(group, [{ member: idOf('id') }]),
    join(group, 3, { protocolType: 'connect', protocols: ['compatible'], as: 'worker' }),
    described(group),
  ]),
  script('classic: the generation goes on where an empty group stopped', (group) => [
    ...alone(group),
    leave(group, [{ member: idOf('id') }]),
    enter(group),
  ]),
  script('classic: the leader goes, the other leads', (group) => [
    ...pair(group),
    leave(group, [{ member: first }]),
    heartbeat(group, 2, second),
    enter(group, { memberId: second, on: 'other' }),
    described(group),
  ]),
  // Coming back with nothing new, and with news
  script('classic: a follower with nothing new', (group) => [
    ...pair(group),
    enter(group, { memberId: second, on: 'other' }),
    heartbeat(group, 2, first),
    heartbeat(group, 2, second),
  ]),
  script('classic: a follower with news starts a rebalance', (group) => [
    ...pair(group),
    begin('joining', enter(group, { memberId: second, metadata: OTHER, on: 'other' })),
    heartbeatUntil(group, 2, first, REBALANCE_IN_PROGRESS),
    enter(group, { memberId: first }),
    end('joining'),
  ]),
  script('classic: the leader with nothing new starts a rebalance', (group) => [
    ...pair(group),
    begin('joining', enter(group, { memberId: first })),
    ask(heartbeatApi, 3, (run) => ({ groupId: group, generationId: 2, memberId: second(run) }), {
      on: 'other',
      until: ({ errorCode }) => errorCode === REBALANCE_IN_PROGRESS,
    }),
    enter(group, { memberId: second, on: 'other' }),
    end('joining'),
  ]),
  script('classic: nothing new before the assignment is there', (group) => [
    ...joinedPair(group),
    enter(group, { memberId: first }),
    enter(group, { memberId: second, on: 'other' }),
  ]),
  script('classic: news before the assignment is there', (group) => [
    ...joinedPair(group),
    begin('joining', enter(group, { memberId: second, metadata: OTHER, on: 'other' })),
    heartbeatUntil(group, 2, first, REBALANCE_IN_PROGRESS),
    sync(group, 2, first, { gives: [[first, 'A']] }),
    enter(group, { memberId: first }),
    end('joining'),
  ]),
  script('classic: another session timeout is no news', (group) => [
    ...pair(group),
    enter(group, { memberId: second, sessionTimeoutMs: 20_000, on: 'other' }),
    heartbeat(group, 2, first),
  ]),
  script('classic: the same words in other order are news', (group) => [
    ...pair(group, { protocols: ['range', 'sticky'] }, { protocols: ['range', 'sticky'] }),
    begin('joining', enter(group, { memberId: second, protocols: ['sticky', 'range'], on: 'other' })),
    heartbeatUntil(group, 2, first, REBALANCE_IN_PROGRESS),
  ]),
  script('classic: a reason is heard and changes nothing', (group) => [
    join(group, 8, { reason: 'because', as: 'id' }),
    join(group, 8, { reason: 'because', memberId: idOf('id') }),
    join(group, 9, { reason: 'x'.repeat(300), memberId: idOf('id') }),
  ]),
  // Assignments
  script('classic: a follower waits for the leader', (group) => [
    ...joinedPair(group),
    begin('syncing', sync(group, 2, second, { on: 'other' })),
    heartbeat(group, 2, first),
    sync(group, 2, first, {
      gives: [
        [first, 'A'],
        [second, 'B'],
      ],
    }),
    end('syncing'),
    described(group),
  ]),
  script('classic: an assignment for some, and for a stranger', (group) => [
    ...joinedPair(group),
    sync(group, 2, first, {
      gives: [
        [first, 'A'],
        [stranger, 'S'],
      ],
    }),
    sync(group, 2, second, { on: 'other' }),
    described(group),
  ]),
  script('classic: an assignment for nobody', (group) => [
    ...joinedPair(group),
    sync(group, 2, first),
    sync(group, 2, second, { on: 'other' }),
    heartbeat(group, 2, second),
  ]),
  script('classic: a member twice in an assignment', (group) => [
    enter(group, { as: 'first' }),
    sync(group, 1, first, {
      gives: [
        [first, 'A'],
        [first, 'B'],
      ],
    }),
    described(group),
  ]),
  script('classic: what a follower hands in is not heard', (group) => [
    ...joinedPair(group),
    begin('syncing', sync(group, 2, second, { on: 'other', gives: [[first, 'stolen']] })),
    sync(group, 2, first, { gives: [[first, 'A']] }),
    end('syncing'),
    described(group),
  ]),
  script('classic: an assignment handed in twice', (group) => [
    enter(group, { as: 'first' }),
    sync(group, 1, first, { gives: [[first, 'A']] }),
    sync(group, 1, first, { gives: [[first, 'B']] }),
    described(group),
  ]),
  ...[0, 1, 2, 4, 5].map((version) =>
    script(`classic: sync in v${version}`, (group) => [
      enter(group, { as: 'first' }),
      sync(group, 1, first, { version, gives: [[first, 'A']] }),
      sync(group, 2, first, { version }),
    ]),
  ),
  script('classic: who waits for an assignment hears of a new member', (group) => [
    ...joinedPair(group),
    begin('syncing', sync(group, 2, second, { on: 'other' })),
    heartbeat(group, 2, first),
    begin('joining', enter(group, { on: 'third' })),
    end('syncing'),
    heartbeat(group, 2, first),
  ]),
  script('classic: who waits for an assignment hears that the leader is gone', (group) => [
    ...joinedPair(group),
    begin('syncing', sync(group, 2, second, { on: 'other' })),
    heartbeat(group, 2, first),
    leave(group, [{ member: first }]),
    end('syncing'),
    enter(group, { memberId: second, on: 'other' }),
  ]),
  script('classic: the leader never hands in an assignment', (group) => [
    enter(group, { as: 'first', rebalanceTimeoutMs: 150 }),
    describedUntil(group, 'Empty'),
    sync(group, 1, first),
    heartbeat(group, 1, first),
  ]),
  // Who is put out
  script('classic: who does not come to a rebalance is put out', (group) => [
    enter(group, { as: 'first', rebalanceTimeoutMs: 150 }),
    sync(group, 1, first),
    enter(group, { as: 'second', rebalanceTimeoutMs: 150, on: 'other' }),
    heartbeat(group, 1, first),
    enter(group, { memberId: first }),
    described(group),
  ]),
  script('classic: the longest rebalance timeout counts', (group) => [
    enter(group, { as: 'first', rebalanceTimeoutMs: 150 }),
    begin('joining', enter(group, { as: 'second', rebalanceTimeoutMs: 5000, on: 'other' })),
    heartbeatUntil(group, 1, first, REBALANCE_IN_PROGRESS),
    enter(group, { memberId: first, rebalanceTimeoutMs: 150 }),
    end('joining'),
  ]),
  script('classic: a silent member is missed', (group) => [
    enter(group, { as: 'first', sessionTimeoutMs: 150 }),
    sync(group, 1, first),
    describedUntil(group, 'Empty'),
    heartbeat(group, 1, first),
    commit(group, group, { generation: 1, member: first }),
    leave(group, [{ member: first }]),
  ]),
  script('classic: a silent leader is missed, the other goes on', (group) => [
    ...joinedPair(group, { sessionTimeoutMs: 300 }),
    sync(group, 2, first, { gives: [[second, 'B']] }),
    sync(group, 2, second, { on: 'other' }),
    ask(heartbeatApi, 3, (run) => ({ groupId: group, generationId: 2, memberId: second(run) }), {
      on: 'other',
      until: ({ errorCode }) => errorCode === REBALANCE_IN_PROGRESS,
    }),
    enter(group, { memberId: second, on: 'other' }),
    heartbeat(group, 2, first),
  ]),
  script('classic: an id that was given and not used', (group) => [
    join(group, 5, { as: 'id', sessionTimeoutMs: 200 }),
    heartbeat(group, 0, idOf('id')),
    sync(group, 0, idOf('id')),
    commit(group, group, { generation: 0, member: idOf('id') }),
    described(group),
  ]),
  script('classic: an id that was given, of a group with members', (group) => [
    ...alone(group),
    join(group, 5, { as: 'given', on: 'other' }),
    heartbeat(group, 1, idOf('id')),
    described(group),
    leave(group, [{ member: idOf('given') }]),
    join(group, 5, { memberId: idOf('given'), on: 'other' }),
  ]),
  script('classic: an id that was given, taken as a static member’s', (group) => [
    join(group, 5, { as: 'given' }),
    join(group, 5, { memberId: idOf('given'), instance: 'one' }),
  ]),
  script('classic: an id that was given keeps the others waiting', (group) => [
    ...alone(group),
    join(group, 5, { as: 'given', on: 'other' }),
    begin('joining', join(group, 5, { memberId: idOf('id'), on: 'third' })),
    describedUntil(group, 'PreparingRebalance'),
    leave(group, [{ member: idOf('given') }], 4, 'other'),
    end('joining'),
  ]),
  // Leaving
  ...[0, 1, 2].map((version) =>
    script(`classic: leaving in v${version}`, (group) => [
      ...alone(group),
      ask(leaveGroupApi, version, (run) => ({ groupId: group, memberId: idOf('id')(run) })),
      described(group),
      ask(leaveGroupApi, version, (run) => ({ groupId: group, memberId: idOf('id')(run) })),
    ]),
  ),
  ...[3, 5].map((version) =>
    script(`classic: leaving in v${version}`, (group) => [
      ...alone(group),
      leave(group, [{ member: idOf('id'), ...(version >= 5 ? { reason: 'done' } : {}) }], version),
      leave(group, [{ member: idOf('id') }], version),
    ]),
  ),
  script('classic: all leave at once', (group) => [
    ...pair(group),
    leave(group, [{ member: second }, { member: first }]),
    described(group),
  ]),
  script('classic: one member named twice as leaving', (group) => [
    ...pair(group),
    leave(group, [{ member: second }, { member: second }]),
  ]),
  script('classic: a leave ends the wait for the last that is missing', (group) => [
    enter(group, { as: 'first' }),
    begin('joining', enter(group, { as: 'second', on: 'other' })),
    heartbeatUntil(group, 1, first, REBALANCE_IN_PROGRESS),
    leave(group, [{ member: first }]),
    end('joining'),
    described(group),
  ]),
  script('classic: a follower leaves while the others wait for an assignment', (group) => [
    ...joinedPair(group),
    leave(group, [{ member: second }]),
    sync(group, 2, first, { gives: [[first, 'A']] }),
    enter(group, { memberId: first }),
    sync(group, 3, first, { gives: [[first, 'A']] }),
  ]),
  // What clients of today say
  script('classic: a cooperative pair', (group) => [
    enter(group, { protocols: ['cooperative-sticky'], metadata: reading('a'), as: 'first' }),
    begin(
      'joining',
      enter(group, { protocols: ['cooperative-sticky'], metadata: reading('a'), as: 'second', on: 'other' }),
    ),
    heartbeatUntil(group, 1, first, REBALANCE_IN_PROGRESS),
    enter(group, {
      protocols: ['cooperative-sticky'],
      memberId: first,
      metadata: encodeSubscription(
        {
          topics: ['a'],
          userData: null,
          ownedPartitions: [{ topic: 'a', partitions: [0, 1] }],
          generationId: 1,
        },
        2,
      ),
    }),
    end('joining'),
    described(group),
  ]),
  script('classic: a group of Kafka Connect', (group) => [
    join(group, 3, {
      protocolType: 'connect',
      protocols: ['sessioned', 'compatible'],
      metadata: Buffer.from([0, 1]),
      as: 'first',
    }),
    sync(group, 1, first, {
      version: 5,
      protocolType: 'connect',
      protocolName: 'sessioned',
      gives: [[first, 'x']],
    }),
    described(group),
    commit(group, group, { generation: 1, member: first }),
    committed(group, null),
  ]),
  script('classic: a kind of protocol without a name', (group) => [
    join(group, 5, { protocolType: 'x'.repeat(200), protocols: [''], as: 'id' }),
    join(group, 5, { protocolType: 'x'.repeat(200), protocols: [''], memberId: idOf('id') }),
    described(group),
  ]),
  script('classic: ids of groups that look odd', (group) => [
    enter(`${group} with blanks`),
    enter(`${group}/ünï✓`),
    enter(`${group}-${'x'.repeat(300)}`),
  ]),
  script('classic: a rebalance timeout that is none', (group) => [
    enter(group, { as: 'first', rebalanceTimeoutMs: -1 }),
    enter(`${group}-2`, { as: 'b', rebalanceTimeoutMs: 0 }),
    join(`${group}-3`, 0, { as: 'c' }),
    described(`${group}-3`),
  ]),
  ...[1, 2, 4].map((version) =>
    script(`classic: heartbeats in v${version}`, (group) => [
      ...alone(group),
      heartbeat(group, 1, idOf('id'), version),
      heartbeat(group, 0, idOf('id'), version),
      heartbeat(group, 1, stranger, version),
    ]),
  ),
];
