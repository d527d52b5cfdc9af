/** Scripts: static members of classic groups (KIP-345): who comes back under its name, and who is fenced by that. */
import { encodeSubscription, heartbeatApi } from '../../../src/protocol/index.ts';
import { ask, begin, end, type Script, script } from '../script.ts';
import {
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

export const STATIC_MEMBERS: readonly Script[] = [
  script('static: back in a stable group, without a rebalance', (group) => [
    ...pair(group, { instance: 'one' }, { instance: 'two' }),
    enter(group, { instance: 'two', as: 'back', on: 'other' }),
    heartbeat(group, 2, first),
    heartbeat(group, 2, idOf('back')),
    heartbeat(group, 2, second),
    sync(group, 2, idOf('back'), { instance: 'two', on: 'other' }),
    described(group),
  ]),
  ...[5, 8, 9].map((version) =>
    script(`static: the leader is back, v${version}`, (group) => [
      ...pair(group, { instance: 'one' }, { instance: 'two' }),
      join(group, version, { instance: 'one', as: 'back' }),
      sync(group, 2, idOf('back'), { instance: 'one', gives: [[idOf('back'), 'anew']] }),
      described(group),
    ]),
  ),
  script('static: alone, the leader is back and its former self is fenced', (group) => [
    enter(group, { instance: 'one', as: 'first' }),
    sync(group, 1, first, { instance: 'one', gives: [[first, 'A']] }),
    join(group, 9, { instance: 'one', as: 'back' }),
    sync(group, 1, first, { instance: 'one' }),
    ask(heartbeatApi, 4, (run) => ({
      groupId: group,
      generationId: 1,
      memberId: first(run),
      groupInstanceId: 'one',
    })),
    leave(group, [{ member: first, instance: 'one' }]),
    leave(group, [{ member: first }]),
  ]),
  script('static: back with another protocol', (group) => [
    enter(group, { instance: 'one', protocols: ['range'], as: 'first' }),
    sync(group, 1, first, { instance: 'one' }),
    enter(group, { instance: 'one', protocols: ['sticky'], as: 'back' }),
    described(group),
  ]),
  script('static: back reading other topics', (group) => [
    enter(group, { instance: 'one', metadata: reading('a'), as: 'first' }),
    sync(group, 1, first, { instance: 'one' }),
    enter(group, { instance: 'one', metadata: reading('b'), as: 'back' }),
    described(group),
  ]),
  script('static: back with other user data, which is no reason to share anew', (group) => [
    enter(group, { instance: 'one', metadata: reading('a'), as: 'first' }),
    sync(group, 1, first, { instance: 'one' }),
    enter(group, {
      instance: 'one',
      metadata: encodeSubscription({ topics: ['a'], userData: Buffer.from('u'), ownedPartitions: [] }, 1),
      as: 'back',
    }),
    described(group),
  ]),
  script('static: back before the assignment is there', (group) => [
    ...joinedPair(group, { instance: 'one' }, { instance: 'two' }),
    begin('back', enter(group, { instance: 'two', as: 'back', on: 'third' })),
    ask(
      heartbeatApi,
      3,
      (run) => ({ groupId: group, generationId: 2, memberId: first(run), groupInstanceId: 'one' }),
      { until: ({ errorCode }) => errorCode === REBALANCE_IN_PROGRESS },
    ),
    enter(group, { instance: 'one', memberId: first }),
    end('back'),
  ]),
  script('static: who waits to join is fenced by who comes under its name', (group) => [
    enter(group, { as: 'first' }),
    begin('joining', enter(group, { instance: 'two', on: 'other' })),
    heartbeatUntil(group, 1, first, REBALANCE_IN_PROGRESS),
    begin('again', enter(group, { instance: 'two', on: 'third' })),
    end('joining'),
    enter(group, { memberId: first }),
    end('again'),
  ]),
  script('static: who waits for an assignment is fenced by who comes under its name', (group) => [
    ...joinedPair(group, {}, { instance: 'two' }),
    begin('syncing', sync(group, 2, second, { instance: 'two', on: 'other' })),
    heartbeat(group, 2, first),
    begin('again', enter(group, { instance: 'two', on: 'third' })),
    end('syncing'),
    enter(group, { memberId: first }),
    end('again'),
  ]),
  script('static: joining under another’s id, a wrong one, and one of nobody', (group) => [
    ...pair(group, { instance: 'one' }, { instance: 'two' }),
    enter(group, { instance: 'one', memberId: second }),
    enter(group, { instance: 'one', memberId: stranger }),
    enter(group, { instance: 'three', memberId: stranger }),
    enter(group, { instance: 'three', memberId: first }),
  ]),
  script('static: heartbeats under a name', (group) => [
    ...pair(group, { instance: 'one' }, {}),
    ...(
      [
        [first, 'one'],
        [second, 'one'],
        [first, 'nowhere'],
        [second, 'nowhere'],
        [stranger, 'one'],
      ] as const
    ).map(([member, groupInstanceId]) =>
      ask(heartbeatApi, 4, (run) => ({
        groupId: group,
        generationId: 2,
        memberId: member(run),
        groupInstanceId,
      })),
    ),
  ]),
  script('static: syncs under a name', (group) => [
    ...pair(group, { instance: 'one' }, {}),
    sync(group, 2, second, { instance: 'one' }),
    sync(group, 2, first, { instance: 'nowhere' }),
    sync(group, 2, stranger, { instance: 'one' }),
    sync(group, 2, first, { instance: 'one' }),
  ]),
  script('static: sent away by an administrator', (group) => [
    ...pair(group, { instance: 'one' }, { instance: 'two' }),
    leave(group, [{ instance: 'two' }, { instance: 'three' }, {}]),
    heartbeat(group, 2, first),
    heartbeat(group, 2, second),
  ]),
  script('static: sent away under a name that is another’s', (group) => [
    ...pair(group, { instance: 'one' }, { instance: 'two' }),
    leave(group, [{ member: first, instance: 'two' }]),
    leave(group, [{ member: stranger, instance: 'two' }]),
    leave(group, [{ member: first, instance: 'three' }]),
    heartbeat(group, 2, second),
  ]),
  script('static: a silent one is missed like any other', (group) => [
    enter(group, { instance: 'one', sessionTimeoutMs: 150, as: 'first' }),
    sync(group, 1, first, { instance: 'one' }),
    describedUntil(group, 'Empty'),
    enter(group, { instance: 'one', memberId: first }),
    enter(group, { instance: 'one', as: 'back' }),
  ]),
  script('static: a name as long as it may be, and longer', (group) => [
    join(group, 5, { instance: 'n'.repeat(249) }),
    join(`${group}-2`, 5, { instance: 'n'.repeat(250) }),
  ]),
];
