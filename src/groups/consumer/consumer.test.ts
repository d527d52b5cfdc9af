/**
 * Consumer groups under whatever clients do: honest clients of both protocols, restarts, topics that come and go, and time.
 * A client holds a partition from the answer that gives it until it has said that it gave it back.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { errorNameOf } from '../../protocol/index.ts';
import { DEFAULT_GROUP_SETTINGS, Decision, GroupMind, type WrittenRecord } from '../index.ts';
import { StageTopics } from '../stage-topics.ts';

const GROUP = 'g';
const VERBS = [
  'beat',
  'beat',
  'beat',
  'revoke',
  'leave',
  'away',
  'wait',
  'restart',
  'topic',
  'subscribe',
  'rejoin',
] as const;
type Step = readonly [verb: (typeof VERBS)[number], who: number, n: number];
const SUBSCRIPTIONS = [['t'], ['u'], ['t', 'u'], [], null] as const;

class Client {
  memberId: string;
  readonly instanceId: string | null;
  epoch = 0;
  incarnation = 0;
  /** `topic id/partition`, held and worked on. */
  holds = new Set<string>();
  /** What the last assignment said. */
  assigned = new Set<string>();
  subscription: readonly string[] | null = ['t'];
  saysAll = true;

  constructor(index: number) {
    this.memberId = `m${index}`;
    this.instanceId = index === 0 ? 'static' : null;
  }

  forget(): void {
    this.epoch = 0;
    this.holds.clear();
    this.assigned.clear();
    this.saysAll = true;
  }
}

class World {
  readonly topics = new StageTopics();
  readonly clients = Array.from({ length: 4 }, (_, i) => new Client(i));
  readonly log: WrittenRecord[] = [];
  mind = new GroupMind(DEFAULT_GROUP_SETTINGS, this.topics);
  #nowMs = 1;
  #timers = new Map<string, number>();

  constructor() {
    this.topics.set('t', 3);
  }

  step([verb, who, n]: Step): void {
    const client = this.clients[who]!;
    if (verb === 'beat') this.beat(client);
    else if (verb === 'revoke') this.#revoke(client);
    else if (verb === 'leave') this.#leave(client, -1);
    else if (verb === 'away' && client.instanceId !== null) this.#leave(client, -2);
    else if (verb === 'wait') this.wait(n * 4_000);
    else if (verb === 'restart') this.#restart();
    else if (verb === 'topic') this.#changeTopic(n);
    else if (verb === 'subscribe') {
      client.subscription = SUBSCRIPTIONS[n % SUBSCRIPTIONS.length]!;
      client.saysAll = true;
    } else if (verb === 'rejoin') client.forget();
    this.#checkOwners();
  }

  beat(client: Client): void {
    const joins = client.epoch === 0;
    const all = joins || client.saysAll;
    const revoked = [...client.assigned].length === client.holds.size;
    const response = this.#ask(client, {
      memberEpoch: client.epoch,
      rebalanceTimeoutMs: all ? 30_000 : -1,
      subscribedTopicNames: all ? [...(client.subscription ?? [])] : null,
      subscribedTopicRegex: all ? (client.subscription === null ? '[tu]' : '') : null,
      topicPartitions: joins || all || revoked ? listed(client.holds) : null,
    });
    if (response.errorCode !== 0) {
      const name = errorNameOf(response.errorCode);
      assert(
        [
          'FENCED_MEMBER_EPOCH',
          'UNKNOWN_MEMBER_ID',
          'UNRELEASED_INSTANCE_ID',
          'FENCED_INSTANCE_ID',
          'GROUP_ID_NOT_FOUND',
        ].includes(name),
        name,
      );
      client.forget();
      return;
    }
    client.saysAll = false;
    client.epoch = response.memberEpoch;
    if (response.assignment === null) return;
    client.assigned = new Set(
      response.assignment.topicPartitions.flatMap(({ topicId, partitions }: Listed) =>
        partitions.map((partition) => `${topicId}/${partition}`),
      ),
    );
    for (const partition of client.assigned) client.holds.add(partition);
  }

  wait(duration: number): void {
    const endMs = this.#nowMs + duration;
    for (;;) {
      const [next] = [...this.#timers].filter(([, atMs]) => atMs <= endMs).sort((a, b) => a[1] - b[1]);
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#nowMs = Math.max(this.#nowMs, next[1]);
      this.#decide((decision) => this.mind.fire(decision, next[0]));
    }
    this.#nowMs = endMs;
  }

  /** Everybody beats and gives back what it must, until nothing moves. */
  settle(): void {
    for (let round = 0; round < 12; round++) {
      for (const client of this.clients) {
        this.#revoke(client);
        this.beat(client);
        this.#checkOwners();
      }
      this.wait(1_100);
    }
  }

  describe(mind = this.mind) {
    const decision = this.#decision();
    mind.describeConsumer(decision, 1, GROUP);
    return decision.answers[0]!.response as { groupState: string; members: { memberId: string }[] };
  }

  replayed(): GroupMind {
    const mind = new GroupMind(DEFAULT_GROUP_SETTINGS, this.topics);
    for (const record of this.log) mind.replay(record);
    return mind;
  }

  #revoke(client: Client): void {
    if ([...client.holds].every((partition) => client.assigned.has(partition))) return;
    client.holds = new Set(client.assigned);
    if (client.epoch > 0) this.beat(client);
  }

  #leave(client: Client, epoch: number): void {
    if (client.epoch === 0) return;
    this.#ask(client, { memberEpoch: epoch });
    client.forget();
    if (client.instanceId !== null) client.memberId = `m0-${++client.incarnation}`;
  }

  #changeTopic(n: number): void {
    const name = n % 2 === 0 ? 't' : 'u';
    this.topics.set(name, n % 5);
    this.mind.topicChanged(name);
  }

  #restart(): void {
    this.#timers.clear();
    this.mind = this.replayed();
    this.#decide((decision) => this.mind.loaded(decision));
  }

  #ask(client: Client, said: object): any {
    const request = {
      groupId: GROUP,
      memberId: client.memberId,
      memberEpoch: 0,
      instanceId: client.instanceId,
      rackId: null,
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null,
      ...said,
    };
    const context = { version: 1, clientId: 'c', clientHost: '/h', newMemberId: '' };
    return this.#decide((decision) => this.mind.consumerHeartbeat(decision, 1, request, context));
  }

  #decision(): Decision {
    return new Decision({ wallMs: this.#nowMs, sessionMs: this.#nowMs });
  }

  #decide(act: (decision: Decision) => void): unknown {
    const decision = this.#decision();
    act(decision);
    for (const record of decision.records) {
      this.log.push(record);
      this.mind.replay(record);
      // Its membership is over: what it still does is not the group's (C3).
      if (record.type === 'consumerGroupMemberMetadata' && record.value === null)
        for (const client of this.clients) if (client.memberId === record.key.memberId) client.holds.clear();
    }
    for (const [key, atMs] of decision.timers) {
      this.#timers.delete(key);
      if (atMs !== null) this.#timers.set(key, atMs);
    }
    return decision.answers[0]?.response;
  }

  /** C1, C2: nobody works on what another one holds. */
  #checkOwners(): void {
    const owners = new Map<string, string>();
    for (const { holds, memberId } of this.clients)
      for (const partition of holds) {
        assert(!owners.has(partition), `${partition} is ${owners.get(partition)}'s and ${memberId}'s`);
        owners.set(partition, memberId);
      }
  }
}

interface Listed {
  topicId: string;
  partitions: number[];
}

function listed(partitions: Iterable<string>): Listed[] {
  const topics = new Map<string, number[]>();
  for (const partition of partitions) {
    const [topicId, number] = partition.split('/') as [string, string];
    topics.set(topicId, [...(topics.get(topicId) ?? []), Number(number)]);
  }
  return Array.from(topics, ([topicId, numbers]) => ({ topicId, partitions: numbers }));
}

const steps = fc.array(fc.tuple(fc.constantFrom(...VERBS), fc.nat(3), fc.nat(12)), {
  maxLength: 80,
  size: 'max',
});

test('a partition is worked on by one member at a time, and in the end everything has its owner', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const world = new World();
      for (const step of all) world.step(step);
      world.settle();
      const held = new Set(world.clients.flatMap(({ holds }) => [...holds]));
      const read = new Set(world.clients.flatMap(({ subscription }) => subscription ?? ['t', 'u']));
      const wanted = [...world.topics.topics].filter(({ name }) => read.has(name));
      const count = wanted.reduce((sum, { partitionCount }) => sum + partitionCount, 0);
      assert.equal(held.size, count, 'no orphans, and nothing that is gone');
      assert.equal(world.describe().groupState, 'Stable');
    }),
    { numRuns: 200 },
  );
});

test('a consumer group is what its log says, at every moment', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const world = new World();
      for (const step of all) {
        world.step(step);
        const byId = (group: { members: { memberId: string }[] }) => ({
          ...group,
          members: [...group.members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1)),
        });
        assert.deepEqual(byId(world.describe(world.replayed())), byId(world.describe()));
      }
    }),
    { numRuns: 100 },
  );
});
