import assert from 'node:assert/strict';
import test from 'node:test';
import { ERRORS, type Input, type JoinGroupRequest } from '../protocol/index.ts';
import { DEFAULT_GROUP_SETTINGS, Decision, GroupMind } from './index.ts';

const KIBIBYTE = 1024;
const [TOO_LARGE, FULL] = [ERRORS.UNKNOWN_SERVER_ERROR[0], ERRORS.GROUP_MAX_SIZE_REACHED[0]];
const client = { clientId: 'c', clientHost: '/h' };

/** One event; answers its error code, -2 when it waits. */
function codeOf(mind: GroupMind, act: (decision: Decision) => void): number {
  const decision = new Decision({ wallMs: 0, sessionMs: 0 });
  act(decision);
  for (const record of decision.records) mind.replay(record);
  return (decision.answers[0]?.response as { errorCode: number } | undefined)?.errorCode ?? -2;
}

function join(mind: GroupMind, n: number, bytes: number, more: Partial<JoinGroupRequest> = {}): number {
  const request: Input<JoinGroupRequest> = {
    groupId: `g${n}`,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(bytes) }],
    reason: null,
    ...more,
  };
  const context = { ...client, version: 3, uuid: `u${n}` };
  return codeOf(mind, (decision) => mind.join(decision, n as never, request as JoinGroupRequest, context));
}

function heartbeat(mind: GroupMind, n: number, names: string[]): number {
  const request = {
    groupId: `h${n}`,
    memberId: `m${n}`,
    memberEpoch: 0,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: 10_000,
    subscribedTopicNames: names,
    subscribedTopicRegex: null,
    serverAssignor: null,
    topicPartitions: [],
  };
  const context = { ...client, version: 1, newMemberId: `m${n}` };
  return codeOf(mind, (decision) => mind.consumerHeartbeat(decision, n as never, request, context));
}

test('V3: a member may say so much of itself and no more, in either protocol', () => {
  const mind = new GroupMind(DEFAULT_GROUP_SETTINGS);
  assert.equal(join(mind, 1, 1025 * KIBIBYTE), TOO_LARGE);
  assert.notEqual(join(mind, 1, 1000 * KIBIBYTE), TOO_LARGE);
  const name = 'x'.repeat(10 * KIBIBYTE);
  assert.equal(heartbeat(mind, 1, Array<string>(110).fill(name)), TOO_LARGE);
  assert.equal(heartbeat(mind, 1, Array<string>(90).fill(name)), 0);
});

test('V3: all members together may take so much: then nobody new is taken, and those who left make room', () => {
  const mind = new GroupMind(DEFAULT_GROUP_SETTINGS);
  let taken = 0;
  while (join(mind, taken, 1000 * KIBIBYTE) !== FULL) taken++;
  assert.equal(taken, 16);
  assert.equal(heartbeat(mind, 1, ['x'.repeat(900 * KIBIBYTE)]), FULL);
  const leave = { groupId: 'g3', memberId: 'c-u3', members: [] };
  codeOf(mind, (decision) => mind.leave(decision, 99 as never, { request: leave, version: 1 }));
  assert.notEqual(join(mind, taken, 1000 * KIBIBYTE), FULL);
  assert.equal(join(mind, taken + 1, 1000 * KIBIBYTE), FULL);
});

test('V3: ids that were given out and not used count too', () => {
  const mind = new GroupMind(DEFAULT_GROUP_SETTINGS);
  let given = 0;
  const clientId = 'x'.repeat(30 * KIBIBYTE);
  for (; given < 1_000; given++) {
    const request = { groupId: 'g', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberId: '' };
    const context = { ...client, clientId, version: 5, uuid: `u${given}` };
    const code = codeOf(mind, (decision) =>
      mind.join(
        decision,
        given as never,
        {
          ...request,
          groupInstanceId: null,
          protocolType: 'consumer',
          protocols: [{ name: 'range', metadata: Buffer.alloc(1) }],
          reason: null,
        },
        context,
      ),
    );
    if (code === FULL) break;
  }
  assert.ok(given > 400 && given < 600, `${given} ids were given out`);
});
