/** Groups over the wire: what consoles and admin clients ask about them, against a whole broker. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { WireClient } from '../../test/wire/wire-client.ts';
import {
  apiVersionsApi,
  consumerGroupHeartbeatApi,
  createTopicsApi,
  deleteTopicsApi,
  describeLogDirsApi,
  ERRORS,
  findCoordinatorApi,
  incrementalAlterConfigsApi,
  listConfigResourcesApi,
  listGroupsApi,
  alterReplicaLogDirsApi,
  electLeadersApi,
  errorCode,
  KafkaError,
  listPartitionReassignmentsApi,
  offsetCommitApi,
  offsetFetchApi,
} from '../protocol/index.ts';
import { startBroker } from './index.ts';

const GROUP_RESOURCE = 32;
const SET = 0;

async function wire(broker: { bootstrap: string }): Promise<WireClient> {
  const [host, port] = broker.bootstrap.split(':');
  return WireClient.connect(Number(port), host);
}

function join(groupId: string, memberId: string, topics: string[]) {
  return {
    groupId,
    memberId,
    memberEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    subscribedTopicNames: topics,
    topicPartitions: [],
  };
}

function setOnGroup(groupId: string, settings: Record<string, string>) {
  const configs = Object.entries(settings).map(([name, value]) => ({ name, configOperation: SET, value }));
  return {
    resources: [{ resourceType: GROUP_RESOURCE, resourceName: groupId, configs }],
    validateOnly: false,
  };
}

test('the consumer protocol is a finalized feature', async () => {
  await using broker = await startBroker();
  const client = await wire(broker);
  const { finalizedFeatures } = await client.send(apiVersionsApi, 3, {
    clientSoftwareName: 'test',
    clientSoftwareVersion: '1',
  });
  assert.deepEqual(
    finalizedFeatures.find(({ name }) => name === 'group.version'),
    { name: 'group.version', maxVersionLevel: 1, minVersionLevel: 1 },
  );
  client.close();
});

test('what is set on a group holds for its next heartbeat, within the bounds of the broker', async () => {
  await using broker = await startBroker({ topics: { orders: 1 } });
  const client = await wire(broker);
  const first = await client.send(consumerGroupHeartbeatApi, 1, join('g', 'm', ['orders']));
  assert.equal(first.heartbeatIntervalMs, 5_000);
  const tooShort = setOnGroup('g', { 'consumer.heartbeat.interval.ms': '100' });
  const refused = await client.send(incrementalAlterConfigsApi, 1, tooShort);
  assert.equal(refused.responses[0]!.errorCode, ERRORS.INVALID_CONFIG[0]);
  assert.match(refused.responses[0]!.errorMessage!, /group\.consumer\.min\.heartbeat\.interval\.ms=5000/);
  const fine = setOnGroup('g', { 'consumer.heartbeat.interval.ms': '7000' });
  assert.equal((await client.send(incrementalAlterConfigsApi, 1, fine)).responses[0]!.errorCode, 0);
  const next = { groupId: 'g', memberId: 'm', memberEpoch: first.memberEpoch };
  assert.equal((await client.send(consumerGroupHeartbeatApi, 1, next)).heartbeatIntervalMs, 7_000);
  const { configResources } = await client.send(listConfigResourcesApi, 1, {
    resourceTypes: [GROUP_RESOURCE],
  });
  assert.deepEqual(configResources, [{ resourceName: 'g', resourceType: GROUP_RESOURCE }]);
  client.close();
});

test('groups are listed by kind, and members fenced when they fetch offsets', async () => {
  await using broker = await startBroker({ topics: { orders: 1 } });
  const client = await wire(broker);
  await client.send(consumerGroupHeartbeatApi, 1, join('g', 'm', ['orders']));
  const all = await client.send(listGroupsApi, 5, { statesFilter: [], typesFilter: ['Consumer'] });
  assert.deepEqual(all.groups, [
    { groupId: 'g', protocolType: 'consumer', groupState: 'Stable', groupType: 'consumer' },
  ]);
  assert.deepEqual((await client.send(listGroupsApi, 5, { typesFilter: ['classic'] })).groups, []);
  const fetchAs = async (memberId: string | null, memberEpoch: number) => {
    const asked = { groups: [{ groupId: 'g', memberId, memberEpoch, topics: null }], requireStable: false };
    return (await client.send(offsetFetchApi, 9, asked)).groups[0]!.errorCode;
  };
  assert.equal(await fetchAs(null, -1), 0);
  assert.equal(await fetchAs('m', 2), 0);
  assert.equal(await fetchAs('m', 3), ERRORS.STALE_MEMBER_EPOCH[0]);
  assert.equal(await fetchAs('n', 1), ERRORS.UNKNOWN_MEMBER_ID[0]);
  client.close();
});

test('consoles are told what lies in the folder, and that nothing is being moved', async () => {
  await using broker = await startBroker({ topics: { orders: 2 } });
  const client = await wire(broker);
  await broker.append('orders', [{ value: 'x'.repeat(1000), partition: 1 }]);
  const { results } = await client.send(describeLogDirsApi, 4, {
    topics: [{ topic: 'orders', partitions: [0, 1, 7] }],
  });
  const sizes = results[0]!.topics[0]!.partitions.map(({ partitionSize }) => partitionSize);
  assert.equal(sizes.length, 2, 'partitions that do not exist are left out');
  assert.equal(sizes[0], 0);
  assert(sizes[1]! > 1000);
  assert(results[0]!.totalBytes > 0 && results[0]!.usableBytes > 0);
  const everything = await client.send(describeLogDirsApi, 4, { topics: null });
  assert(everything.results[0]!.topics.some(({ name }) => name === '__consumer_offsets'));
  const { results: moved } = await client.send(alterReplicaLogDirsApi, 2, {
    dirs: [{ path: results[0]!.logDir, topics: [{ name: 'orders', partitions: [0, 1, 7] }] }],
  });
  assert.deepEqual(
    moved[0]!.partitions.map((partition) => partition.errorCode),
    [0, 0, errorCode(new KafkaError('UNKNOWN_TOPIC_OR_PARTITION'))],
    'they are where they shall go',
  );
  assert.deepEqual((await client.send(listPartitionReassignmentsApi, 0, { topics: null })).topics, []);
  const { errorCode: refusal, replicaElectionResults } = await client.send(electLeadersApi, 2, {
    electionType: 0,
    topicPartitions: null,
  });
  assert.equal(refusal, 0);
  assert.deepEqual(
    replicaElectionResults.map(({ topic, partitionResult }) => [topic, partitionResult.length]).sort(),
    [
      ['__consumer_offsets', 0],
      ['__transaction_state', 0],
      ['orders', 0],
    ],
    'no partition needed an election',
  );
  client.close();
});

test('C4: a topic that is made again under the same name does not begin with the offsets of the old one', async () => {
  await using broker = await startBroker({ topics: { orders: 1, other: 1 } });
  const client = await wire(broker);
  const partitions = [{ partitionIndex: 0, committedOffset: 7, committedMetadata: '' }];
  const topics = ['orders', 'other'].map((name) => ({ name, partitions }));
  const alone = { groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '' };
  await client.send(listGroupsApi, 5, {});
  await client.send(findCoordinatorApi, 4, { keyType: 0, coordinatorKeys: ['g'] });
  const committed = await client.send(offsetCommitApi, 8, { ...alone, topics });
  assert.equal(committed.topics[0]!.partitions[0]!.errorCode, 0);
  await client.send(deleteTopicsApi, 6, { topics: [{ name: 'orders' }], timeoutMs: 1_000 });
  await client.send(createTopicsApi, 7, {
    topics: [{ name: 'orders', numPartitions: 1, replicationFactor: -1, assignments: [], configs: [] }],
    timeoutMs: 1_000,
  });
  const asked = topics.map(({ name }) => ({ name, partitionIndexes: [0] }));
  const { groups } = await client.send(offsetFetchApi, 8, { groups: [{ groupId: 'g', topics: asked }] });
  assert.deepEqual(
    groups[0]!.topics.map(({ partitions: [one] }) => one!.committedOffset),
    [-1, 7],
  );
  client.close();
});
