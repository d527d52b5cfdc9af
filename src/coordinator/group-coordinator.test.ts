import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type Deferred, deferred, silent } from '../base/index.ts';
import { DEFAULT_GROUP_SETTINGS, NO_TOPICS } from '../groups/index.ts';
import { errorNameOf, KafkaError, ZERO_UUID } from '../protocol/index.ts';
import { StillClock } from './coordinator-fixture.ts';
import { type CoordinatorPartition, GroupCoordinator, partitionOfGroup } from './index.ts';

/** A log in memory, whose writes become durable at once or when a test says so. */
class FakePartition implements CoordinatorPartition {
  readonly index: number;
  durableBatches: Buffer[] = [];
  held: { batch: Buffer; durable: Deferred<void> }[] | undefined;
  loading: Promise<void> | undefined;
  refuse: KafkaError | undefined;

  constructor(index: number) {
    this.index = index;
  }

  append(batch: Buffer): { durable: Promise<void> } {
    if (this.refuse !== undefined) throw this.refuse;
    if (this.held === undefined) {
      this.durableBatches.push(batch);
      return { durable: Promise.resolve() };
    }
    const durable = deferred<void>();
    this.held.push({ batch, durable });
    return { durable: durable.promise };
  }

  async readAll(onBatches: (bytes: Buffer) => void): Promise<void> {
    await this.loading;
    for (const batch of this.durableBatches) onBatches(batch);
  }

  release(): void {
    const { batch, durable } = this.held!.shift()!;
    this.durableBatches.push(batch);
    durable.resolve();
  }
}

const GROUP = 'orders';
let clock: StillClock;
let partition: FakePartition;
let coordinator: GroupCoordinator;
let ids = 0;

function newCoordinator(): GroupCoordinator {
  const random = {
    uuid: () => String(++ids).padStart(32, '0'),
    next: () => 0,
    below: () => 0,
    fork: () => random,
  };
  return new GroupCoordinator({
    clock,
    random,
    events: silent,
    topics: NO_TOPICS,
    settings: { ...DEFAULT_GROUP_SETTINGS, initialRebalanceDelayMs: 0 },
    retentionCheckMs: 600_000,
    createPartitions: async () => [partition],
  });
}

beforeEach(async () => {
  clock = new StillClock();
  partition = new FakePartition(0);
  coordinator = newCoordinator();
  await coordinator.open();
});

interface Member {
  groupId: string;
  memberId: string;
  generationId: number;
  groupInstanceId: null;
}
const member = (memberId: string, generationId: number): Member => ({
  groupId: GROUP,
  memberId,
  generationId,
  groupInstanceId: null,
});

function join(memberId = '', client = 'c') {
  const protocols = [{ name: 'range', metadata: Buffer.from([0, 0, 0, 0, 0, 1, 0, 1, 0x74]) }];
  const terms = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 60_000, protocolType: 'consumer', protocols };
  const request = { groupId: GROUP, memberId, groupInstanceId: null, reason: null, ...terms };
  return coordinator.joinGroup(request, { version: 3, clientId: client, clientHost: '/h' });
}

const sync = (who: Member, assignments: Record<string, string> = {}) =>
  coordinator.syncGroup({
    ...who,
    protocolType: null,
    protocolName: null,
    assignments: Object.entries(assignments).map(([memberId, share]) => ({
      memberId,
      assignment: Buffer.from(share),
    })),
  });

async function commit(
  who: Member,
  committedOffset: number,
  groupId = GROUP,
  retentionTimeMs = -1,
): Promise<string> {
  const partitions = [
    { partitionIndex: 0, committedOffset, committedLeaderEpoch: 4, committedMetadata: 'm' },
  ];
  const request = {
    ...who,
    groupId,
    generationIdOrMemberEpoch: who.generationId,
    retentionTimeMs,
    topics: [{ name: 't', topicId: ZERO_UUID, partitions }],
  };
  const answer = await coordinator.commitOffsets(request, 8);
  return errorNameOf(answer.topics[0]!.partitions[0]!.errorCode);
}

async function committed(groupId = GROUP): Promise<number> {
  const topics = [{ name: 't', topicId: ZERO_UUID, partitionIndexes: [0] }];
  return (await coordinator.fetchOffsets({ groupId, topics })).topics[0]!.partitions[0]!.committedOffset;
}

const heartbeat = async (who: Member) => errorNameOf((await coordinator.heartbeat(who)).errorCode);
const NOBODY = member('', -1);

async function stableMember(): Promise<Member> {
  const { memberId, generationId } = await join();
  const who = member(memberId, generationId);
  await sync(who, { [memberId]: 'all' });
  return who;
}

async function restart(): Promise<void> {
  coordinator.close();
  coordinator = newCoordinator();
  await coordinator.host([partition], 1);
}

/** Whether the promise is settled after everything that can happen has happened. */
async function isPending(promise: unknown): Promise<boolean> {
  let pending = true;
  const settle = () => {
    pending = false;
  };
  Promise.resolve(promise).then(settle, settle);
  await clock.turn();
  return pending;
}

test('two members share the partitions', async () => {
  const a = await stableMember();
  const joiningB = join('', 'b');
  assert.equal(await heartbeat(a), 'REBALANCE_IN_PROGRESS');
  const answerA = await join(a.memberId);
  const answerB = await joiningB;
  assert.equal(answerA.members.length, 2);
  assert.equal(answerB.leader, a.memberId);
  const [first, second] = [member(a.memberId, 2), member(answerB.memberId, 2)];
  const waiting = sync(second);
  assert.equal(await isPending(waiting), true);
  assert.equal(
    String((await sync(first, { [first.memberId]: '0', [second.memberId]: '1' })).assignment),
    '0',
  );
  assert.equal(String((await waiting).assignment), '1');
});

test('members and offsets survive a restart, and heartbeats go on without a new join', async () => {
  const who = await stableMember();
  assert.equal(await commit(who, 42), 'NONE');
  await restart();
  assert.equal(await heartbeat(who), 'NONE');
  assert.equal(String((await sync(who)).assignment), 'all');
  assert.equal(await committed(), 42);
  assert.equal(await commit(who, 43), 'NONE');
});

test('a commit is answered when it is durable, and seen by later answers only then', async () => {
  partition.held = [];
  const committing = commit(NOBODY, 7);
  const fetching = committed();
  assert.equal(await isPending(committing), true);
  assert.equal(await isPending(fetching), true, 'nobody may hear of an offset that could still be lost');
  partition.release();
  assert.equal(await committing, 'NONE');
  assert.equal(await fetching, 7);
});

test('answers come back in the order of their decisions, also when later writes are durable first', async () => {
  partition.held = [];
  const answers: number[] = [];
  const first = commit(NOBODY, 1).then(() => answers.push(1));
  const second = commit(NOBODY, 2).then(() => answers.push(2));
  partition.held[1]!.durable.resolve();
  assert.equal(await isPending(second), true);
  partition.held[0]!.durable.resolve();
  await Promise.all([first, second]);
  assert.deepEqual(answers, [1, 2]);
});

test('a heartbeat is answered in the same turn when nothing is being written', async () => {
  const who = await stableMember();
  assert.equal(coordinator.heartbeat(who) instanceof Promise, false);
});

test('a lost write is not acknowledged, and the state goes back to what the log holds', async () => {
  const who = await stableMember();
  assert.equal(await commit(who, 1), 'NONE');
  partition.held = [];
  const committing = commit(who, 2);
  const fetching = coordinator.fetchOffsets({ groupId: GROUP, topics: null });
  partition.held[0]!.durable.reject(new KafkaError('KAFKA_STORAGE_ERROR'));
  assert.equal(await committing, 'NOT_COORDINATOR');
  assert.equal(errorNameOf((await fetching).errorCode), 'NOT_COORDINATOR');
  await clock.turn();
  assert.equal(await heartbeat(who), 'NONE', 'the member is still one: its generation was durable');
  assert.equal(await committed(), 1);
});

test('when a write is lost, those who wait for a rebalance are told to look again', async () => {
  const who = await stableMember();
  const joining = join('', 'b');
  partition.held = [];
  const committing = commit(who, 2);
  partition.held[0]!.durable.reject(new KafkaError('NOT_ENOUGH_REPLICAS'));
  assert.equal(await committing, 'COORDINATOR_NOT_AVAILABLE');
  assert.equal(errorNameOf((await joining).errorCode), 'COORDINATOR_NOT_AVAILABLE');
});

test('a log that takes nothing is a lost write too', async () => {
  const who = await stableMember();
  partition.refuse = new KafkaError('NOT_LEADER_OR_FOLLOWER');
  assert.equal(await commit(who, 2), 'NOT_COORDINATOR');
  partition.refuse = undefined;
  await clock.turn();
  assert.equal(await commit(who, 3), 'NONE');
});

test('while groups are being loaded everything but heartbeats is told to wait', async () => {
  const who = await stableMember();
  const gate = deferred<void>();
  partition.loading = gate.promise;
  coordinator.close();
  coordinator = newCoordinator();
  const hosting = coordinator.host([partition], 1);
  assert.equal(await heartbeat(who), 'NONE');
  assert.equal(await commit(who, 1), 'COORDINATOR_LOAD_IN_PROGRESS');
  assert.equal(errorNameOf((await join(who.memberId)).errorCode), 'COORDINATOR_LOAD_IN_PROGRESS');
  await assert.rejects(
    coordinator.listGroups({ statesFilter: [], typesFilter: [] }),
    /COORDINATOR_LOAD_IN_PROGRESS/,
  );
  gate.resolve();
  await hosting;
  assert.equal(await commit(who, 1), 'NONE');
});

test('a load that fails is tried again until it succeeds', async () => {
  partition.loading = Promise.reject(new KafkaError('KAFKA_STORAGE_ERROR'));
  partition.loading.catch(() => 'seen by the coordinator');
  coordinator = newCoordinator();
  const hosting = coordinator.host([partition], 1);
  await clock.turn();
  partition.loading = undefined;
  clock.pass(500);
  await hosting;
  assert.equal(await commit(NOBODY, 1), 'NONE');
});

test('a member that falls silent is out when its session ends', async () => {
  const a = await stableMember();
  const joiningB = join('', 'b');
  await join(a.memberId);
  const b = member((await joiningB).memberId, 2);
  await sync(member(a.memberId, 2), {});
  await sync(b);
  clock.pass(9_000);
  assert.equal(await heartbeat(b), 'NONE');
  clock.pass(1_000);
  assert.equal(await heartbeat(b), 'REBALANCE_IN_PROGRESS');
  assert.equal(await heartbeat(member(a.memberId, 2)), 'UNKNOWN_MEMBER_ID');
});

test('a broker that stood still does not make its members pay for it', async () => {
  const who = await stableMember();
  clock.pass(6_000);
  clock.stall(60_000);
  assert.equal(await heartbeat(who), 'NONE');
  clock.pass(9_000);
  assert.equal(await heartbeat(who), 'NONE');
  clock.pass(10_000);
  assert.equal(await heartbeat(who), 'UNKNOWN_MEMBER_ID', 'time that did pass counts');
});

test('groups are kept by the partition that Kafka would choose', async () => {
  assert.equal(partitionOfGroup('', 50), 0);
  assert.equal(partitionOfGroup('my-group', 50), 12);
  assert.equal(partitionOfGroup('polygenelubricants', 50), 0, 'its hash is the least int32');
  const partitions = [0, 1, 2, 3].map((index) => new FakePartition(index));
  await coordinator.host(partitions, 4);
  for (const groupId of ['a', 'b', 'c', 'd', 'e']) await commit(NOBODY, 1, groupId);
  assert.deepEqual(
    partitions.map(({ durableBatches }) => durableBatches.length),
    [1, 2, 1, 1],
  );
  const listed = await coordinator.listGroups({ statesFilter: ['empty'], typesFilter: ['Classic'] });
  assert.deepEqual(listed.map(({ groupId }) => groupId).sort(), ['a', 'b', 'c', 'd', 'e']);
  coordinator.unhost(partitionOfGroup('a', 4));
  assert.equal(await commit(NOBODY, 1, 'a'), 'NOT_COORDINATOR');
});

test('before the first question for a coordinator there is none, and those who ask at once share one creation', async () => {
  let created = 0;
  const options = {
    clock,
    random: { uuid: () => '' } as never,
    events: silent,
    topics: NO_TOPICS,
    settings: DEFAULT_GROUP_SETTINGS,
  };
  coordinator = new GroupCoordinator({
    ...options,
    retentionCheckMs: 600_000,
    createPartitions: async () => {
      created += 1;
      return [partition];
    },
  });
  assert.equal(await commit(NOBODY, 1), 'COORDINATOR_NOT_AVAILABLE');
  await Promise.all([coordinator.open(), coordinator.open()]);
  assert.equal(created, 1);
  assert.equal(await commit(NOBODY, 1), 'NONE');
});

test('a deleted group is gone after a restart too', async () => {
  await commit(NOBODY, 9);
  assert.equal((await coordinator.deleteGroup(GROUP)).errorCode, 0);
  await restart();
  assert.equal(await committed(), -1);
  assert.equal(errorNameOf((await coordinator.describeGroup(GROUP, 6)).errorCode), 'GROUP_ID_NOT_FOUND');
  assert.equal((await coordinator.describeGroup(GROUP, 5)).groupState, 'Dead');
});

test('offsets that nobody uses are forgotten after seven days', async () => {
  await commit(NOBODY, 9);
  clock.pass(7 * 24 * 3_600_000 - 1_000);
  assert.equal(await committed(), 9);
  clock.pass(600_000);
  assert.equal(await committed(), -1);
  await restart();
  assert.deepEqual(await coordinator.listGroups({ statesFilter: [], typesFilter: [] }), []);
});

test('many members join at once and end up in one generation', async () => {
  const first = await stableMember();
  const joining = Array.from({ length: 40 }, (_, i) => join('', `m${i}`));
  const leader = await join(first.memberId);
  const answers = await Promise.all(joining);
  assert.equal(leader.members.length, 41);
  assert.deepEqual(new Set(answers.map(({ generationId }) => generationId)), new Set([2]));
  const members = answers.map(({ memberId }) => member(memberId, 2));
  const syncing = members.map((who) => sync(who));
  const shares = Object.fromEntries(members.map(({ memberId }, i) => [memberId, String(i)]));
  await sync(member(first.memberId, 2), shares);
  const assigned = await Promise.all(syncing);
  assert.deepEqual(
    assigned.map(({ assignment }) => String(assignment)),
    members.map((_, i) => String(i)),
  );
});

test('V4: an offset that is to be kept longer than time can tell is kept for ever', async () => {
  assert.equal(await commit(NOBODY, 7, GROUP, Number.MAX_SAFE_INTEGER), 'NONE');
  await restart();
  assert.equal(await committed(), 7);
});

test('K1: the end of a transaction that came while the group was loading is told once it is durable', async () => {
  const wanted = { partitionIndex: 0, committedOffset: 9, committedLeaderEpoch: -1, committedMetadata: null };
  await coordinator.commitInTransaction(
    {
      ...member('', -1),
      generationIdOrMemberEpoch: -1,
      transactionalId: 'x',
      producerId: 1,
      producerEpoch: 0,
      topics: [{ name: 't', topicId: ZERO_UUID, partitions: [wanted] }],
    },
    3,
  );
  const gate = deferred<void>();
  partition.loading = gate.promise;
  coordinator.close();
  coordinator = newCoordinator();
  const hosting = coordinator.host([partition], 1);
  const durable = deferred<void>();
  coordinator.transactionEnded(0, { producerId: 1, isCommit: true }, durable.promise);
  gate.resolve();
  await hosting;
  const offset = committed();
  assert.ok(await isPending(offset));
  durable.resolve();
  assert.equal(await offset, 9);
});
