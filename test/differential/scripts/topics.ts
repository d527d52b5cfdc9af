/**
 * Scripts: Metadata, CreateTopics, DeleteTopics, CreatePartitions, DescribeTopicPartitions, DescribeCluster,
 * AlterPartitionReassignments, ElectLeaders, AlterReplicaLogDirs, DescribeQuorum.
 */
import {
  alterPartitionReassignmentsApi,
  alterReplicaLogDirsApi,
  createPartitionsApi,
  createTopicsApi,
  deleteTopicsApi,
  describeClusterApi,
  describeQuorumApi,
  describeTopicPartitionsApi,
  electLeadersApi,
  listPartitionReassignmentsApi,
  metadataApi,
} from '../../../src/protocol/index.ts';
import { ask, makeTopic, type Script, script } from '../script.ts';

interface NewTopic {
  readonly name: string;
  readonly numPartitions?: number;
  readonly replicationFactor?: number;
  readonly assignments?: readonly { partitionIndex: number; brokerIds: readonly number[] }[];
  readonly configs?: readonly { name: string; value: string | null }[];
}

const create = (topics: readonly NewTopic[], version = 7, validateOnly = false) =>
  ask(createTopicsApi, version, {
    topics: topics.map((topic) => ({
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [],
      ...topic,
    })),
    timeoutMs: 5000,
    validateOnly,
  });

const about = (
  topics: readonly { name?: string | null; topicId?: string }[] | null,
  version = 12,
  allow = false,
) => ask(metadataApi, version, { topics, ...(version < 4 ? {} : { allowAutoTopicCreation: allow }) });

/** Metadata about topics whose deletion or growth every part of Kafka has heard of. */
const settled = (name: string, errorCode: number, partitions: number) =>
  ask(
    metadataApi,
    12,
    { topics: [{ name }], allowAutoTopicCreation: false },
    {
      until: ({ topics }) =>
        topics[0]!.errorCode === errorCode && topics[0]!.partitions.length === partitions,
    },
  );

const remove = (topics: readonly { name?: string | null; topicId?: string }[]) =>
  ask(deleteTopicsApi, 6, { topics, timeoutMs: 5000 });

const grow = (
  name: string,
  count: number,
  assignments: readonly { brokerIds: readonly number[] }[] | null = null,
  validateOnly = false,
) => ask(createPartitionsApi, 3, { topics: [{ name, count, assignments }], timeoutMs: 5000, validateOnly });

const move = (
  name: string,
  partitions: readonly { partitionIndex: number; replicas: readonly number[] | null }[],
  version = 1,
  allowReplicationFactorChange = true,
) =>
  ask(alterPartitionReassignmentsApi, version, {
    timeoutMs: 5000,
    allowReplicationFactorChange,
    topics: [{ name, partitions }],
  });

const elect = (
  topicPartitions: readonly { topic: string; partitions: readonly number[] }[],
  version = 2,
  electionType = 0,
) => ask(electLeadersApi, version, { electionType, topicPartitions, timeoutMs: 5000 });

export const TOPICS: readonly Script[] = [
  ...[0, 1, 4, 5, 7, 8, 9, 10, 12, 13].map((version) =>
    script(`metadata: answer of v${version}`, (topic) => [
      makeTopic(topic, { partitions: 2 }),
      about([{ name: topic }], version),
    ]),
  ),
  script('metadata: no topics', () => [about([], 1), about([], 9), about([], 12)]),
  script('metadata: topics that do not exist', (topic) => [
    about([{ name: topic }], 4),
    about([{ name: topic }], 9),
    about([{ name: topic }], 12),
  ]),
  script('metadata: names that are not allowed', (topic) => [
    ...['', '.', '..', '../etc', 'a/b', 'a\0b', 'ä', 'a b', 'x'.repeat(250)].map((name) =>
      about([{ name }], 12, true),
    ),
    about([{ name: '..' }, { name: topic }], 9, true),
  ]),
  script('metadata: one topic twice', (topic) => [
    makeTopic(topic),
    about([{ name: topic }, { name: topic }], 9),
  ]),
  script('metadata: by id', (topic) => [
    makeTopic(topic),
    ask(metadataApi, 12, (run) => ({
      topics: [{ topicId: run.topicId(topic), name: null }],
      allowAutoTopicCreation: false,
    })),
    about([{ topicId: '0123456789abcdef0123456789abcdef', name: null }]),
    about([{ name: null }]),
    about([{ name: null }], 10),
    ask(metadataApi, 12, (run) => ({
      topics: [{ topicId: run.topicId(topic), name: 'another' }],
      allowAutoTopicCreation: false,
    })),
  ]),
  script('metadata: auto-creation', (topic) => [
    about([{ name: topic }], 4, true),
    ask(
      metadataApi,
      4,
      { topics: [{ name: topic }], allowAutoTopicCreation: true },
      { until: ({ topics }) => topics[0]!.errorCode === 0 },
    ),
  ]),
  script('metadata: authorised operations', (topic) => [
    makeTopic(topic),
    ask(metadataApi, 8, {
      topics: [{ name: topic }],
      includeClusterAuthorizedOperations: true,
      includeTopicAuthorizedOperations: true,
    }),
    ask(metadataApi, 12, { topics: [{ name: topic }], includeTopicAuthorizedOperations: true }),
  ]),
  ...[2, 3, 4, 5, 6, 7].map((version) =>
    script(`create topics: answer of v${version}`, (topic) => [
      create([{ name: topic, numPartitions: 2 }], version),
      create([{ name: topic }], version),
      create([{ name: `${topic}-b`, numPartitions: 0 }], version),
    ]),
  ),
  script('create topics: the broker’s defaults', (topic) => [
    create([{ name: topic, numPartitions: -1, replicationFactor: -1 }]),
    create([{ name: `${topic}-2`, numPartitions: -1, replicationFactor: -1 }], 2),
    settled(topic, 0, 1),
  ]),
  script('create topics: validate only', (topic) => [
    create([{ name: topic, numPartitions: 3 }], 7, true),
    create([{ name: topic, numPartitions: 3 }], 4, true),
    about([{ name: topic }]),
  ]),
  script('create topics: counts that are not possible', (topic) => [
    create([{ name: `${topic}-a`, numPartitions: 0 }]),
    create([{ name: `${topic}-b`, numPartitions: -2 }]),
    create([{ name: `${topic}-c`, replicationFactor: 0 }]),
    create([{ name: `${topic}-d`, replicationFactor: -2 }]),
  ]),
  script('create topics: several replicas', (topic) => [create([{ name: topic, replicationFactor: 3 }])]),
  script('create topics: names', (topic) => [
    ...['', '.', '..', '../etc', 'a/b', 'a\0b', 'ä', 'a b', 'x'.repeat(250)].map((name) =>
      create([{ name }], 7, true),
    ),
    create([{ name: 'x'.repeat(249) }], 7, true),
    create([{ name: `${topic}.a_b` }]),
    create([{ name: `${topic}_a.b` }]),
    create([{ name: `${topic}-a.b` }]),
  ]),
  script('create topics: two of one request that collide', (topic) => [
    create([{ name: `${topic}.a` }, { name: `${topic}_a` }]),
    create([{ name: `${topic}-b` }, { name: `${topic}-b` }]),
    create([{ name: `${topic}-c` }, { name: '..' }]),
  ]),
  script('create topics: settings', (topic) => [
    create([
      {
        name: `${topic}-a`,
        configs: [
          { name: 'retention.ms', value: '1000' },
          { name: 'cleanup.policy', value: 'compact,delete' },
        ],
      },
    ]),
    create([{ name: `${topic}-b`, configs: [{ name: 'retention.ms', value: 'soon' }] }]),
    create([{ name: `${topic}-c`, configs: [{ name: 'no.such.setting', value: '1' }] }]),
    create([{ name: `${topic}-d`, configs: [{ name: 'retention.ms', value: null }] }]),
    create([{ name: `${topic}-e`, configs: [{ name: 'cleanup.policy', value: 'shred' }] }]),
    create([{ name: `${topic}-f`, configs: [{ name: 'max.message.bytes', value: '-1' }] }]),
    create([{ name: `${topic}-g`, configs: [{ name: 'min.insync.replicas', value: '0' }] }]),
    create([{ name: `${topic}-h`, configs: [{ name: 'cleanup.policy', value: '' }] }]),
    create([{ name: `${topic}-i`, configs: [{ name: 'retention.ms', value: ' 1000 ' }] }]),
    create([
      {
        name: `${topic}-j`,
        configs: [
          { name: 'retention.ms', value: '1' },
          { name: 'retention.ms', value: '2' },
        ],
      },
    ]),
    create([{ name: `${topic}-k`, configs: [{ name: 'segment.bytes', value: '1' }] }]),
    create([{ name: `${topic}-l`, configs: [{ name: 'message.timestamp.type', value: 'logappendtime' }] }]),
  ]),
  script('create topics: assignments', (topic) => {
    const by = (assignments: NewTopic['assignments']) => ({
      numPartitions: -1,
      replicationFactor: -1,
      assignments: assignments!,
    });
    return [
      create([
        {
          name: `${topic}-a`,
          ...by([
            { partitionIndex: 0, brokerIds: [1] },
            { partitionIndex: 1, brokerIds: [1] },
          ]),
        },
      ]),
      create([{ name: `${topic}-b`, ...by([{ partitionIndex: 0, brokerIds: [7] }]) }]),
      create([{ name: `${topic}-c`, ...by([{ partitionIndex: 1, brokerIds: [1] }]) }]),
      create([{ name: `${topic}-d`, ...by([{ partitionIndex: 0, brokerIds: [] }]) }]),
      create([{ name: `${topic}-e`, ...by([{ partitionIndex: 0, brokerIds: [1, 1] }]) }]),
      create([
        {
          name: `${topic}-f`,
          ...by([
            { partitionIndex: 0, brokerIds: [1] },
            { partitionIndex: 0, brokerIds: [1] },
          ]),
        },
      ]),
      create([
        {
          name: `${topic}-g`,
          numPartitions: 1,
          replicationFactor: 1,
          assignments: [{ partitionIndex: 0, brokerIds: [1] }],
        },
      ]),
      create([
        {
          name: `${topic}-h`,
          numPartitions: -1,
          replicationFactor: 1,
          assignments: [{ partitionIndex: 0, brokerIds: [1] }],
        },
      ]),
      create([
        {
          name: `${topic}-i`,
          ...by([
            { partitionIndex: 0, brokerIds: [1] },
            { partitionIndex: 2, brokerIds: [1] },
          ]),
        },
      ]),
    ];
  }),
  script('create topics: nothing', () => [create([])]),
  script('create topics: internal names', () => [
    create([{ name: '__consumer_offsets' }]),
    create([{ name: '__cluster_metadata' }]),
  ]),
  script('delete topics: by name', (topic) => [
    makeTopic(topic),
    remove([{ name: topic }]),
    settled(topic, 3, 0),
    remove([{ name: topic }]),
    remove([{ name: '..' }]),
    remove([{ name: '' }]),
  ]),
  script('delete topics: by id', (topic) => [
    makeTopic(topic),
    ask(deleteTopicsApi, 6, (run) => ({
      topics: [{ name: null, topicId: run.topicId(topic) }],
      timeoutMs: 5000,
    })),
    settled(topic, 3, 0),
    ask(deleteTopicsApi, 6, (run) => ({
      topics: [{ name: null, topicId: run.topicId(topic) }],
      timeoutMs: 5000,
    })),
    remove([{ name: null, topicId: '0123456789abcdef0123456789abcdef' }]),
    remove([{ name: null }]),
  ]),
  script('delete topics: name and id, twice', (topic) => [
    makeTopic(topic),
    ask(deleteTopicsApi, 6, (run) => ({
      topics: [{ name: topic, topicId: run.topicId(topic) }],
      timeoutMs: 5000,
    })),
    remove([{ name: topic }, { name: topic }]),
    ask(deleteTopicsApi, 6, (run) => ({
      topics: [{ name: topic }, { name: null, topicId: run.topicId(topic) }],
      timeoutMs: 5000,
    })),
    about([{ name: topic }]),
  ]),
  ...[1, 3, 4, 5].map((version) =>
    script(`delete topics: answer of v${version}`, (topic) => [
      makeTopic(topic),
      ask(deleteTopicsApi, version, { topicNames: [topic, `${topic}-not`], timeoutMs: 5000 }),
      ask(deleteTopicsApi, version, { topicNames: [], timeoutMs: 5000 }),
    ]),
  ),
  script('create partitions', (topic) => [
    makeTopic(topic, { partitions: 2 }),
    grow(topic, 2),
    grow(topic, 1),
    grow(topic, 0),
    grow(topic, -1),
    grow(topic, 4, null, true),
    settled(topic, 0, 2),
    grow(topic, 3),
    settled(topic, 0, 3),
    grow(`${topic}-not`, 3),
  ]),
  script('create partitions: assignments', (topic) => [
    makeTopic(topic),
    grow(topic, 3, [{ brokerIds: [1] }]),
    grow(topic, 2, [{ brokerIds: [1] }, { brokerIds: [1] }]),
    grow(topic, 2, [{ brokerIds: [9] }]),
    grow(topic, 2, [{ brokerIds: [] }]),
    grow(topic, 2, [{ brokerIds: [1, 1] }]),
    grow(topic, 2, []),
    grow(topic, 2, [{ brokerIds: [1] }]),
    settled(topic, 0, 2),
  ]),
  script('create partitions: one topic twice, nothing', (topic) => [
    makeTopic(topic),
    ask(createPartitionsApi, 3, {
      topics: [
        { name: topic, count: 2, assignments: null },
        { name: topic, count: 3, assignments: null },
      ],
      timeoutMs: 5000,
      validateOnly: false,
    }),
    ask(createPartitionsApi, 0, { topics: [], timeoutMs: 5000, validateOnly: false }),
  ]),
  script('reassign partitions', (topic) => [
    makeTopic(topic, { partitions: 2 }),
    move(topic, [{ partitionIndex: 0, replicas: [1] }], 0),
    move(topic, [
      { partitionIndex: 0, replicas: [1] },
      { partitionIndex: 1, replicas: [9] },
      { partitionIndex: 2, replicas: [1] },
      { partitionIndex: -1, replicas: [1] },
    ]),
    move(topic, [{ partitionIndex: 0, replicas: [] }]),
    move(topic, [{ partitionIndex: 0, replicas: [1, 1] }]),
    move(topic, [{ partitionIndex: 0, replicas: [1, 9] }]),
    move(topic, [{ partitionIndex: 0, replicas: [1, 9] }], 1, false),
    move(topic, [{ partitionIndex: 0, replicas: [1] }], 1, false),
    move(topic, [{ partitionIndex: 0, replicas: null }]),
    move(topic, []),
    move(`${topic}-not`, [
      { partitionIndex: 0, replicas: [1] },
      { partitionIndex: 1, replicas: null },
    ]),
    move('', [{ partitionIndex: 0, replicas: [1] }]),
    ask(listPartitionReassignmentsApi, 0, {
      timeoutMs: 5000,
      topics: [{ name: topic, partitionIndexes: [0] }],
    }),
  ]),
  script('elect leaders', (topic) => [
    makeTopic(topic, { partitions: 2 }),
    ...[0, 1, 2].map((version) => elect([{ topic, partitions: [0] }], version)),
    elect([
      { topic, partitions: [1, 0, 2, -1] },
      { topic: `${topic}-not`, partitions: [0] },
    ]),
    elect([{ topic, partitions: [0] }], 2, 1),
    elect([{ topic, partitions: [] }]),
    elect([]),
  ]),
  script('elect leaders: no such election', (topic) => [
    makeTopic(topic),
    elect([{ topic, partitions: [0] }], 2, 7),
  ]),
  script('alter replica log directories: no such directory', (topic) => {
    const into = (path: string, names: readonly string[], partitions: readonly number[], version = 2) =>
      ask(alterReplicaLogDirsApi, version, {
        dirs: [{ path, topics: names.map((name) => ({ name, partitions })) }],
      });
    return [
      makeTopic(topic, { partitions: 2 }),
      into('/no/such/directory', [topic], [0], 1),
      into('/no/such/directory', [topic, `${topic}-not`], [0, 2]),
      into('no/such/directory', [topic], [0]),
      into('', [topic], []),
      ask(alterReplicaLogDirsApi, 2, { dirs: [] }),
    ];
  }),
  script('describe quorum', () => {
    const about = (names: readonly string[], indexes: readonly number[], version = 2) =>
      ask(describeQuorumApi, version, {
        topics: names.map((topicName) => ({
          topicName,
          partitions: indexes.map((partitionIndex) => ({ partitionIndex })),
        })),
      });
    return [
      ...[0, 1, 2].map((version) => about(['__cluster_metadata'], [0], version)),
      about(['__cluster_metadata'], [1]),
      about(['__cluster_metadata'], [0, 1]),
      about(['__cluster_metadata', 'another'], [0]),
      about(['another'], [0]),
      about([], []),
    ];
  }),
  script('describe topic partitions', (topic) => {
    const page = (
      names: readonly string[],
      limit: number,
      cursor: { topicName: string; partitionIndex: number } | null,
    ) =>
      ask(describeTopicPartitionsApi, 0, {
        topics: names.map((name) => ({ name })),
        responsePartitionLimit: limit,
        cursor,
      });
    return [
      makeTopic(`${topic}-a`, { partitions: 3 }),
      makeTopic(`${topic}-b`, { partitions: 2 }),
      page([`${topic}-a`, `${topic}-b`, `${topic}-c`], 2000, null),
      page([`${topic}-b`, `${topic}-a`], 2, null),
      page([`${topic}-a`, `${topic}-b`], 2, { topicName: `${topic}-a`, partitionIndex: 2 }),
      page([`${topic}-a`, `${topic}-b`], 3, { topicName: `${topic}-b`, partitionIndex: 0 }),
      page([`${topic}-a`, `${topic}-b`], 3, { topicName: `${topic}-aa`, partitionIndex: 1 }),
      page([`${topic}-a`], 10, { topicName: `${topic}-a`, partitionIndex: -1 }),
      page([`${topic}-a`], 10, { topicName: `${topic}-a`, partitionIndex: 9 }),
      page([`${topic}-a`], 0, null),
      page(['..'], 10, null),
    ];
  }),
  script('describe cluster', () => [
    ask(describeClusterApi, 0, {}),
    ask(describeClusterApi, 1, { endpointType: 1 }),
    ask(describeClusterApi, 2, { endpointType: 1, includeFencedBrokers: true }),
    ask(describeClusterApi, 1, { endpointType: 2 }),
    ask(describeClusterApi, 1, { endpointType: 9 }),
    ask(describeClusterApi, 1, { endpointType: 1, includeClusterAuthorizedOperations: true }),
  ]),
];
