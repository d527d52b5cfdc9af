import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { ZERO_UUID } from '../protocol/index.ts';
import { GROUP_TRANSITIONS, type GroupState } from './classic/index.ts';
import { assertMove } from './classic/states.ts';
import { DEFAULT_GROUP_SETTINGS, Decision, GroupMind, type WrittenRecord } from './index.ts';
import { subscribedTopicsIn } from './subscription.ts';

const settings = { ...DEFAULT_GROUP_SETTINGS, groupSizeMax: 4, offsetsRetentionMs: 100_000 };
const GROUP = 'g';
const VERBS = [
  'join',
  'joinStatic',
  'sync',
  'heartbeat',
  'leave',
  'commit',
  'wait',
  'restart',
  'expire',
  'joinAll',
  'syncAll',
] as const;
type Step = readonly [verb: (typeof VERBS)[number], client: number, n: number];

/** A group, its clients and its log; checks after every step what must always hold. */
class World {
  mind: GroupMind;
  nowMs = 0;
  log: WrittenRecord[] = [];
  readonly #settings: typeof settings;
  readonly #waiting = new Set<number>();
  readonly #clients = Array.from({ length: 5 }, () => ({ memberId: '', generationId: -1 }));
  readonly #joiners = new Map<number, number>();
  #timers = new Map<string, number>();
  #lastToken = 0;

  constructor(initialRebalanceDelayMs: number) {
    this.#settings = { ...settings, initialRebalanceDelayMs };
    this.mind = new GroupMind(this.#settings);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  step([verb, who, n]: Step): void {
    const client = this.#clients[who]!;
    if (verb === 'wait') return this.wait(n * 500);
    if (verb === 'restart') return this.#restart();
    if (verb === 'joinAll' || verb === 'syncAll') {
      const one = verb === 'joinAll' ? (who % 2 === 0 ? 'join' : 'joinStatic') : 'sync';
      for (let i = 0; i <= who; i++) this.step([one, n % 2 === 0 ? i : 4 - i, n]);
      return;
    }
    const token = ++this.#lastToken;
    const groupInstanceId = verb === 'joinStatic' || client.memberId.startsWith('i') ? `i${who}` : null;
    const member = { groupId: GROUP, ...client, groupInstanceId };
    this.#decide((decision) => {
      if (verb === 'expire') return this.mind.expireOffsets(decision, GROUP);
      this.#waiting.add(token);
      if (verb === 'join' || verb === 'joinStatic') {
        if (n === 0) client.memberId = '';
        this.#joiners.set(token, who);
        const request = {
          ...terms(n),
          groupId: GROUP,
          memberId: client.memberId,
          groupInstanceId,
          reason: null,
        };
        const context = { version: n % 10, clientId: `c${who}`, clientHost: '/h', uuid: String(token) };
        this.mind.join(decision, token, request, context);
      } else if (verb === 'sync') {
        const assignments = this.#clients.map(({ memberId }) => ({ memberId, assignment: Buffer.from([n]) }));
        this.mind.sync(decision, token, { ...member, protocolType: null, protocolName: null, assignments });
      } else if (verb === 'heartbeat') this.mind.heartbeat(decision, token, member);
      else if (verb === 'leave') {
        const members = [{ memberId: client.memberId, groupInstanceId, reason: null }];
        this.mind.leave(decision, token, { request: { groupId: GROUP, memberId: '', members }, version: 3 });
      } else this.mind.commitOffsets(decision, token, { request: commit(member, n), version: 8 });
    });
  }

  wait(duration: number): void {
    const endMs = this.nowMs + duration;
    for (;;) {
      const [next] = [...this.#timers].filter(([, atMs]) => atMs <= endMs).sort((a, b) => a[1] - b[1]);
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.nowMs = Math.max(this.nowMs, next[1]);
      this.#decide((decision) => this.mind.fire(decision, next[0]));
    }
    this.nowMs = endMs;
  }

  describe(mind = this.mind) {
    const decision = new Decision({ wallMs: this.nowMs, sessionMs: this.nowMs });
    mind.describe(decision, 1, { groupId: GROUP, version: 5 });
    mind.fetchOffsets(decision, 2, { groupId: GROUP, topics: null });
    return decision.answers.map(({ response }) => response) as [
      { groupState: string; members: unknown[] },
      unknown,
    ];
  }

  /** What another mind would know from the log alone. */
  replayed(): GroupMind {
    const mind = new GroupMind(this.#settings);
    for (const record of this.log) mind.replay(record);
    return mind;
  }

  #restart(): void {
    this.#waiting.clear();
    this.#timers.clear();
    this.mind = this.replayed();
    this.#decide((decision) => this.mind.loaded(decision));
  }

  #decide(act: (decision: Decision) => void): void {
    const decision = new Decision({ wallMs: this.nowMs, sessionMs: this.nowMs });
    act(decision);
    for (const record of decision.records) {
      this.log.push(record);
      this.mind.replay(record);
    }
    for (const [key, atMs] of decision.timers) {
      this.#timers.delete(key);
      if (atMs !== null) this.#timers.set(key, atMs);
    }
    for (const { token, response } of decision.answers) {
      assert(this.#waiting.delete(token), 'a token is answered once');
      this.#learn(token, response as { memberId: string; generationId: number });
    }
  }

  #learn(token: number, { memberId, generationId }: { memberId: string; generationId: number }): void {
    const client = this.#clients[this.#joiners.get(token) ?? -1];
    if (client === undefined) return;
    if (memberId !== '') client.memberId = memberId;
    if (generationId >= 0) client.generationId = generationId;
  }
}

function terms(n: number) {
  const names = n % 3 === 0 ? ['range'] : ['sticky', 'range'];
  const protocols = names.map((name) => ({ name, metadata: Buffer.from([0, 0, 0, 0, 0, 1, 0, 1, n]) }));
  return { sessionTimeoutMs: 6_000 + n, rebalanceTimeoutMs: 8_000, protocolType: 'consumer', protocols };
}

function commit(member: { groupId: string; memberId: string; generationId: number }, n: number) {
  const partitions = [
    { partitionIndex: n, committedOffset: n, committedLeaderEpoch: -1, committedMetadata: null },
  ];
  const { groupId, memberId, generationId } = member;
  const topics = [{ name: 't', topicId: ZERO_UUID, partitions }];
  return {
    groupId,
    memberId,
    groupInstanceId: null,
    generationIdOrMemberEpoch: generationId,
    retentionTimeMs: -1,
    topics,
  };
}

const steps = fc.array(fc.tuple(fc.constantFrom(...VERBS), fc.nat(4), fc.nat(12)), {
  maxLength: 120,
  size: 'max',
});

test('whatever clients do, everybody is answered once, and a silent group ends up empty', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom(0, 3_000), (all, delayMs) => {
      const world = new World(delayMs);
      for (const step of all) world.step(step);
      world.wait(10 * DEFAULT_GROUP_SETTINGS.newMemberJoinTimeoutMs);
      assert.equal(world.waiting, 0);
      assert(['Empty', 'Dead'].includes(world.describe()[0].groupState));
    }),
    { numRuns: 500 },
  );
});

test('a group that is at rest is what its log says', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const world = new World(0);
      for (const step of all) {
        world.step(step);
        const [group, offsets] = world.describe();
        const [again, offsetsAgain] = world.describe(world.replayed());
        assert.deepEqual(offsetsAgain, offsets);
        if (group.groupState === 'Stable') assert.deepEqual(again, group);
      }
    }),
    { numRuns: 200 },
  );
});

test('generations in the log only rise, each with its leader among the members', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const world = new World(0);
      for (const step of all) world.step(step);
      let last = 0;
      for (const record of world.log) {
        if (record.type !== 'groupMetadata') continue;
        if (record.value === null) last = 0;
        else {
          const { generation, leader, members } = record.value;
          assert(generation >= last);
          last = generation;
          assert.equal(
            leader === null ? members.length === 0 : members.some(({ memberId }) => memberId === leader),
            true,
          );
          assert.equal(new Set(members.map(({ memberId }) => memberId)).size, members.length);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('a group makes only the moves of its table', () => {
  const states = Object.keys(GROUP_TRANSITIONS) as GroupState[];
  for (const from of states)
    for (const to of states)
      if (GROUP_TRANSITIONS[from].includes(to)) assertMove(from, to);
      else assert.throws(() => assertMove(from, to), /must not move/);
});

test('a subscription that is cut short says nothing', () => {
  const whole = Buffer.from([0, 1, 0, 0, 0, 2, 0, 1, 0x61, 0, 2, 0x62, 0x63, 0xff, 0xff, 0xff, 0xff]);
  assert.deepEqual(subscribedTopicsIn(whole), ['a', 'bc']);
  for (let end = 0; end < 13; end++) assert.equal(subscribedTopicsIn(whole.subarray(0, end)), undefined);
});
