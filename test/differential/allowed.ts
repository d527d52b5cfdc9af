/**
 * Allowed: where Gregor answers otherwise than Kafka on purpose. Each has its reason, and `docs/compatibility.md` tells the
 * ones that people may meet. An entry that allows nothing any more fails the check: remove it.
 */
import type { Difference } from './compare.ts';

export interface Allowance {
  /** Names of scripts; a `*` at the end stands for any rest. */
  readonly scripts: readonly string[];
  /** The way to the field; a `*` ends a name of which the rest does not matter. */
  readonly path: string;
  /** What Gregor answers there; left out: anything. */
  readonly ours?: unknown;
  readonly reason: string;
}

const OPAQUE =
  'batches are opaque: header and CRC are checked, records are opened only where a setting of the topic asks for it';
const EACH_MENTION = 'each mention is answered; Kafka keeps the last mention and forgets the others';
const ONE_ANSWER =
  'what is asked about twice is answered once: an answer that grows with every mention of a large group has no bound; Kafka repeats it';
const NEWER = 'settings of a Kafka newer than the one recorded';

/** What Gregor answers in each of these fields; `anything`: a value that is long, or other every time. */
const anything = Symbol('anything');

function fields(
  scripts: readonly string[],
  reason: string,
  answers: Readonly<Record<string, unknown>>,
): Allowance[] {
  return Object.entries(answers).map(([path, ours]) =>
    ours === anything ? { scripts, path, reason } : { scripts, path, ours, reason },
  );
}

/** The fields of a topic that one of two brokers made. */
function topicMade(at: string, errorCode: number, message: string | null): Record<string, unknown> {
  const isMade = errorCode === 0;
  return {
    [`${at}/topicId`]: isMade ? '<id>' : '<no id>',
    [`${at}/errorCode`]: errorCode,
    [`${at}/errorMessage`]: message,
    [`${at}/numPartitions`]: isMade ? 1 : -1,
    [`${at}/replicationFactor`]: isMade ? 1 : -1,
    [`${at}/configs/*`]: isMade ? anything : '<absent>',
  };
}

export const ALLOWED: readonly Allowance[] = [
  // What people may meet
  ...['leaderEpoch', 'highWatermark', 'currentVoters/0/logEndOffset'].map((field) => ({
    scripts: ['describe quorum'],
    path: `*/topics/__cluster_metadata/partitions/0/${field}`,
    reason: 'each broker writes its own metadata log, and one that nobody else votes on keeps its epoch',
  })),
  {
    scripts: ['describe quorum'],
    path: '2/nodes/0/listeners/*',
    reason:
      'the controller lives inside the broker and has no listener of its own: the listener of the client is told',
  },
  {
    scripts: ['reassign partitions'],
    path: '7/responses/reassign-partitions/partitions/0/errorMessage',
    ours: '<text>',
    reason: 'an error says what it means; Kafka gives this one no text',
  },
  {
    scripts: ['consumer: a classic client *', 'migration: *'],
    path: '*/memberId',
    reason: 'ids that we make begin with the id of the client, also in a group of the new protocol',
  },
  {
    scripts: ['consumer: a classic client leaves'],
    path: '2/members/*',
    reason: 'ids that we make begin with the id of the client, also in a group of the new protocol',
  },
  {
    scripts: ['*'],
    path: '*/responses/*/partitionResponses/*/errorMessage',
    ours: '<text>',
    reason: 'we say what was wrong where Kafka leaves the client with the code alone',
  },
  {
    scripts: ['*'],
    path: '*/responses/*/partitionResponses/*/logStartOffset',
    ours: -1,
    reason: 'clients read the log start beside UNKNOWN_PRODUCER_ID only, which is never answered',
  },
  {
    scripts: ['produce: a duplicate older than five batches'],
    path: '*/responses/*/partitionResponses/*/errorCode',
    ours: 46,
    reason: 'DUPLICATE_SEQUENCE_NUMBER is taken for success; Kafka answers 45, which ends some producers',
  },
  {
    scripts: [
      'produce: a sequence, its duplicate, a gap',
      'produce: a duplicate older than five batches',
      'duplicates: *',
      'sequences: *',
      'epochs: *',
      'transactional writes: a duplicate *',
    ],
    path: '*/responses/*/partitionResponses/*/logAppendTimeMs',
    ours: -1,
    reason: 'of a duplicate Kafka tells the producer’s own timestamp as the time of the append',
  },
  ...fields(
    ['gzip', 'snappy', 'lz4', 'zstd'].map((name) => `produce: ${name}`),
    OPAQUE,
    {
      '1/responses/*/partitionResponses/0/errorCode': 0,
      '1/responses/*/partitionResponses/0/baseOffset': 3,
      '2/responses/*/partitions/0/highWatermark': 4,
      '2/responses/*/partitions/0/lastStableOffset': 4,
      '2/responses/*/partitions/0/records/1': anything,
    },
  ),
  ...fields(['produce: count and last offset delta contradict'], OPAQUE, {
    '1/responses/*/partitionResponses/0/errorCode': 0,
    '1/responses/*/partitionResponses/0/baseOffset': 0,
    '2/responses/*/partitionResponses/0/errorCode': 0,
    '2/responses/*/partitionResponses/0/baseOffset': 3,
  }),
  {
    scripts: ['produce: compression that does not exist'],
    path: '*/responses/*/partitionResponses/*/errorCode',
    ours: 76,
    reason: 'UNSUPPORTED_COMPRESSION_TYPE is definite; Kafka answers UNKNOWN_SERVER_ERROR',
  },
  ...fields(
    ['produce: control and LogAppendTime bits are the broker’s'],
    'Kafka clears the bit in silence on a CreateTime topic; a producer that sets it is wrong and hears of it',
    {
      '1/responses/*/partitionResponses/0/errorCode': 32,
      '1/responses/*/partitionResponses/0/baseOffset': -1,
      '1/responses/*/partitionResponses/0/recordErrors/0': anything,
      '2/responses/*/partitionResponses/0/baseOffset': 0,
    },
  ),
  ...fields(
    ['produce: no records'],
    'Kafka fails on null records and never answers; we refuse them like no records',
    { '0/silent': '<absent>', '0/responses': anything, '0/throttleTimeMs': 0, '0/nodeEndpoints': anything },
  ),
  ...fields(
    ['metadata: auto-creation', 'metadata: names that are not allowed'],
    'an auto-created topic is in the first answer; Kafka answers UNKNOWN_TOPIC_OR_PARTITION first',
    { '*/topics/*/errorCode': 0, '*/topics/*/partitions/0': anything },
  ),
  ...fields(
    ['create topics: several replicas'],
    'one replica is kept (gregor.replication.factor=strict refuses as Kafka does)',
    topicMade('0/topics/*', 0, null),
  ),
  {
    scripts: ['create partitions'],
    path: '*/results/*/errorMessage',
    ours: '<text>',
    reason: 'we say what was wrong where Kafka leaves the client with the code alone',
  },
  // Producers and transactions
  ...fields(
    ['transactional writes: a duplicate of a transaction that was committed'],
    'a batch of a transaction that has ended is no batch of the present one: it is refused, and the next number is taken',
    {
      '7/responses/*/partitionResponses/0/errorCode': 45,
      '7/responses/*/partitionResponses/0/baseOffset': -1,
      '8/responses/*/partitionResponses/0/errorCode': 0,
      '8/responses/*/partitionResponses/0/baseOffset': 2,
      '11/responses/*/partitions/0/highWatermark': 4,
      '11/responses/*/partitions/0/lastStableOffset': 4,
      '11/responses/*/partitions/0/records/2/*': anything,
      '11/responses/*/partitions/0/records/2/records/*': anything,
      '11/responses/*/partitions/0/records/3': anything,
    },
  ),
  ...fields(
    ['transactional writes: a duplicate of a transaction that was aborted'],
    'a batch of a transaction that has ended is no batch of the present one: told as written, it would be lost',
    {
      '6/responses/*/partitionResponses/0/errorCode': 45,
      '6/responses/*/partitionResponses/0/baseOffset': -1,
      '7/responses/*/partitionResponses/0/errorCode': 0,
      '7/responses/*/partitionResponses/0/baseOffset': 2,
      '10/responses/*/partitions/0/highWatermark': 4,
      '10/responses/*/partitions/0/lastStableOffset': 4,
      '10/responses/*/partitions/0/records/2/*': anything,
      '10/responses/*/partitions/0/records/2/records/*': anything,
      '10/responses/*/partitions/0/records/3': anything,
    },
  ),
  ...fields(
    ['transactional writes: the first protocol goes on with its sequence'],
    'who belongs to a transaction is known in the turn of the request; Kafka asks another broker, waits for the lowest number that it asked for, and so refuses what follows one that was wrong',
    {
      '8/responses/*/partitionResponses/0/errorCode': 0,
      '8/responses/*/partitionResponses/0/baseOffset': 2,
      '11/responses/*/partitions/0/highWatermark': 4,
      '11/responses/*/partitions/0/lastStableOffset': 4,
      '11/responses/*/partitions/0/records/2/*': anything,
      '11/responses/*/partitions/0/records/2/records/*': anything,
      '11/responses/*/partitions/0/records/3': anything,
    },
  ),
  ...fields(
    ['transactional writes: without a producer'],
    'a transactional batch without a producer can never be ended; Kafka takes it',
    {
      '1/responses/*/partitionResponses/0/errorCode': 49,
      '1/responses/*/partitionResponses/0/baseOffset': -1,
      '2/responses/*/partitionResponses/0/errorCode': 49,
      '2/responses/*/partitionResponses/0/baseOffset': -1,
      '5/topics/*/partitions/0/offset': 0,
    },
  ),
  ...fields(
    [
      'transactional offsets: a plain commit in between',
      'transactional offsets: two transactions on one partition',
    ],
    'what is still open comes before the newest commit in the log and can no longer change the offset: it is stable',
    {
      '*/topics/*/partitions/0/committedOffset': anything,
      '*/topics/*/partitions/0/metadata': anything,
      '*/topics/*/partitions/0/errorCode': 0,
    },
  ),
  ...fields(
    ['add offsets: no group'],
    'a group without a name has no offsets: refused before the transaction begins',
    {
      '*/errorCode': 24,
      '3/transactionStates/*/transactionState': 'Empty',
      '3/transactionStates/*/transactionStartTimeMs': -1,
      '3/transactionStates/*/topics/__consumer_offsets': '<absent>',
    },
  ),
  ...fields(
    ['list transactions: for how long they run'],
    'nothing runs where no transaction was begun; Kafka counts from 1970',
    {
      '*/transactionStates/*': '<absent>',
    },
  ),
  ...fields(['add many: nothing'], 'no transactions, no results; Kafka never answers', {
    '1/silent': '<absent>',
    '1/throttleTimeMs': 0,
    '1/errorCode': 0,
    '1/resultsByTransaction': anything,
    '1/resultsByTopicV3AndBelow': anything,
  }),
  ...fields(
    ['committed reads: an open transaction hides what comes behind it'],
    'the largest timestamp is that of a record that can be read; Kafka finds none when a later one has a larger',
    {
      '11/topics/*/partitions/0/timestamp': 1_700_000_000_000,
      '11/topics/*/partitions/0/offset': 0,
      '11/topics/*/partitions/0/leaderEpoch': 0,
    },
  ),
  ...fields(
    ['committed reads: isolation levels that do not exist'],
    'any level but 1 reads what is not committed too; Kafka fails with UNKNOWN_SERVER_ERROR',
    {
      '*/errorCode': 0,
      '*/responses/*/partitions/0/errorCode': 0,
      '*/responses/*/partitions/0/highWatermark': 1,
      '*/responses/*/partitions/0/lastStableOffset': 0,
      '*/responses/*/partitions/0/logStartOffset': 0,
      '*/responses/*/partitions/0/abortedTransactions': null,
      '*/responses/*/partitions/0/records/0': anything,
    },
  ),
  {
    scripts: ['markers: *', 'ends: begun with the second protocol, ended with the first'],
    path: '*/topics/*/partitions/0/activeProducers/0/lastTimestamp',
    ours: 1_700_000_000_000,
    reason: 'where a producer’s batches are still known the newest of them is told, also behind a marker',
  },
  {
    scripts: ['markers: none'],
    path: '*/markers/0',
    reason: 'a marker without partitions is answered as it was asked',
  },
  {
    scripts: ['markers: negative producers and epochs'],
    path: '*/markers/0/topics/*/partitions/0/errorCode',
    ours: 42,
    reason: 'INVALID_REQUEST is definite; Kafka answers UNKNOWN_SERVER_ERROR',
  },
  {
    scripts: ['describe producers: *', 'sequences: an unknown partition takes no number'],
    path: '*/topics/*/partitions/*/errorMessage',
    ours: '<text>',
    reason: 'we say what was wrong where Kafka leaves the client with the code alone',
  },
  // What one request names twice
  ...fields(['produce: one partition twice'], EACH_MENTION, {
    '0/responses/*/partitionResponses/1': anything,
    '1/topics/*/partitions/0/offset': 2,
  }),
  ...fields(['fetch: one partition takes what another leaves'], EACH_MENTION, {
    '2/responses/*/partitions/0/records/0': anything,
    '2/responses/*/partitions/1': anything,
  }),
  ...fields(['list offsets: unknown, twice, epochs'], EACH_MENTION, { '5/topics/*/partitions/1': anything }),
  ...fields(['delete records: one partition twice, nothing'], EACH_MENTION, {
    '1/topics/*/partitions/0/lowWatermark': 1,
    '1/topics/*/partitions/1': anything,
  }),
  ...fields(['describe groups'], ONE_ANSWER, { '14/groups/1': anything }),
  ...fields(['describe groups: none, one without a name, one twice, by the new API'], ONE_ANSWER, {
    '3/groups/1': anything,
  }),
  ...fields(['describe transactions: one id twice'], ONE_ANSWER, { '1/transactionStates/1': anything }),
  ...fields(['delete groups'], EACH_MENTION, { '6/results/1': anything }),
  ...fields(['create topics: two of one request that collide'], EACH_MENTION, { '1/topics/1': anything }),
  ...fields(
    ['create topics: two of one request that collide'],
    'the second of two new names that collide is refused like one that collides with an old name; Kafka lets it pass',
    topicMade('0/topics/create-topics-two-of-one-request-that-collide_a', 17, '<text>'),
  ),
  {
    scripts: ['create topics: settings'],
    path: '8/topics/*/configs/retention.ms/value',
    ours: '1000',
    reason: 'a value is shown without the blanks around it',
  },
  ...fields(
    ['create topics: settings'],
    'a setting given twice is refused; Kafka takes the last',
    topicMade('9/topics/*', 40, '<text>'),
  ),
  {
    scripts: ['delete topics: name and id, twice'],
    path: '1/responses/*/topicId',
    reason: 'the id is known, so it is told',
  },
  {
    scripts: ['produce: no topics, no partitions'],
    path: '1/responses/*',
    reason: 'a topic without partitions is answered as it was asked',
  },
  // Groups
  ...fields(
    ['static: back reading other topics'],
    'a static member that reads other topics than before starts a rebalance; Kafka leaves it what it had of the old ones',
    {
      '2/generationId': 2,
      '2/members/one': anything,
      '3/groups/*/groupState': 'CompletingRebalance',
      '3/groups/*/protocolData': '',
      '3/groups/*/members/one/memberMetadata/hex': '',
    },
  ),
  ...fields(
    ['classic: a protocol named twice'],
    'Kafka fails when it counts the votes, and neither answers nor ends the rebalance; the second mention counts for nothing',
    {
      '0/silent': '<absent>',
      '0/throttleTimeMs': 0,
      '0/errorCode': 0,
      '0/generationId': 1,
      '0/protocolType': null,
      '0/protocolName': 'range',
      '0/leader': anything,
      '0/skipAssignment': false,
      '0/memberId': anything,
      '0/members': anything,
      '1/groups/*/groupState': 'CompletingRebalance',
    },
  ),
  ...fields(
    ['classic: an id that was given, taken as a static member’s'],
    'an id that was given to a dynamic member is unknown to a static one; Kafka fails with UNKNOWN_SERVER_ERROR',
    { '*/errorCode': 25, '*/memberId': anything },
  ),
  {
    scripts: ['offsets: a commit of nothing', 'offsets: deleted, of no topics, of no partitions'],
    path: '*/topics/*',
    reason: 'a topic without partitions is answered as it was asked',
  },
  ...fields(
    ['offsets: with all offsets deleted the group is gone'],
    'a group of which nothing is written is gone at once, as after a restart; Kafka drops it when it next looks at offsets',
    {
      '*/groups/*/errorCode': 69,
      '*/groups/*/errorMessage': '<text>',
      '*/groups/*/groupState': 'Dead',
      '*/results/*/errorCode': 69,
    },
  ),
  {
    scripts: ['list groups: a refused join makes no group'],
    path: '*/groups/list-groups-a-refused-join-makes-no-group.a',
    ours: '<absent>',
    reason: 'a join that is refused leaves no group behind',
  },
  {
    scripts: ['find coordinator: of a share group'],
    path: '*/coordinators/*/errorCode',
    ours: 15,
    reason: 'share groups are not served: no key of theirs is looked at',
  },
  ...fields(
    ['expression: understood or not, counts that multiply to more than a thousand'],
    'RE2’s own limit holds for counts inside counts too; RE2/J looks at each alone',
    { '0/errorCode': 128 },
  ),
  ...fields(
    ['migration: up, an assignment that cannot be read'],
    'as for a subscription that cannot be read; Kafka fails with UNKNOWN_SERVER_ERROR',
    { '*/errorCode': 69, '*/errorMessage': '<text>' },
  ),
  // What no client sends
  ...fields(['fetch: byte limits'], 'a negative limit counts as 0; Kafka answers UNKNOWN_SERVER_ERROR', {
    '*/responses/*/partitions/0/errorCode': 0,
    '*/responses/*/partitions/0/highWatermark': 2,
    '*/responses/*/partitions/0/lastStableOffset': 2,
    '*/responses/*/partitions/0/logStartOffset': 0,
    '*/responses/*/partitions/0/records/0': anything,
  }),
  {
    scripts: ['fetch: a session without partitions'],
    path: '0/sessionId',
    ours: 0,
    reason: 'no session is kept for nothing',
  },
  ...fields(
    ['list offsets: by time'],
    'a deleted record is not found; Kafka still finds it while its segment is there',
    {
      '21/topics/*/partitions/0/timestamp': -1,
      '21/topics/*/partitions/0/offset': -1,
      '21/topics/*/partitions/0/leaderEpoch': -1,
    },
  ),
  ...fields(
    ['metadata: by id'],
    'a topic with neither name nor id: Kafka fails the whole request with UNKNOWN_SERVER_ERROR',
    {
      '*/brokers/0': anything,
      '*/clusterId': '<cluster>',
      '*/controllerId': 1,
      '2/topics/<no id>/errorCode': 3,
      '2/topics/<no id>/name': null,
    },
  ),
  ...fields(
    ['describe topic partitions'],
    'a cursor at a topic that was deleted meanwhile goes on behind it; Kafka refuses the request',
    {
      '4/topics/describe-topic-partitions-a': '<absent>',
      '4/topics/describe-topic-partitions-b/errorCode': 0,
      '4/topics/describe-topic-partitions-b/topicId': '<id>',
      '4/topics/describe-topic-partitions-b/partitions/*': anything,
      '4/topics/describe-topic-partitions-b/topicAuthorizedOperations': anything,
    },
  ),
  ...fields(
    ['malformed: bodies'],
    'a length of −5 ends the connection; Kafka takes every negative one for null',
    { '1/bytes': '<absent>', '1/closed': true, '6/bytes': '<absent>', '6/closed': true },
  ),
  ...fields(
    ['malformed: bodies'],
    'trailing bytes are tolerated by both, and each answers its own list of APIs',
    { '9/bytes': anything },
  ),
  {
    scripts: ['api versions: a version that is not served'],
    path: '*/bytes',
    reason: 'each tells its own highest version',
  },
  // Settings
  ...fields(
    ['configs: *', 'alter configs: *', 'group settings: *'],
    'beside success Kafka gives an empty message where none is meant',
    { '*/results/*/errorMessage': null },
  ),
  ...fields(
    ['find coordinator: *', 'list groups: what was only asked for is no group'],
    'beside success Kafka gives NONE for a message where none is meant',
    {
      '*/errorMessage': null,
      '*/coordinators/*/errorMessage': null,
    },
  ),
  ...fields(['*'], 'Kafka writes the default down for the cluster when its eligible leader replicas are on', {
    '*/*/*/configs/min.insync.replicas/configSource': 5,
    '*/*/*/configs/min.insync.replicas/synonyms/0/source': 5,
    '*/*/*/configs/min.insync.replicas/synonyms/1': '<absent>',
    '*/results/*/configs/min.insync.replicas': '<absent>', // of the cluster
  }),
  ...['errors.deadletterqueue.group.enable', 'remote.copy.lag.bytes', 'remote.copy.lag.ms'].map(
    (name): Allowance => ({ scripts: ['*'], path: `*/*/*/configs/${name}`, reason: NEWER }),
  ),
  { scripts: ['*'], path: '*/*/*/configs/gregor.*', reason: 'settings of our own' },
  ...fields(['alter configs: of a group'], NEWER, {
    '1/results/*/configs/consumer.assignment.interval.ms/value': '0', // as the brokers of this test are set
    '1/results/*/configs/consumer.assignment.interval.ms/configSource': 4,
    '1/results/*/configs/consumer.assignment.interval.ms/synonyms/0/value': '0',
    '1/results/*/configs/consumer.assignment.interval.ms/synonyms/0/source': 4,
    '1/results/*/configs/consumer.assignment.interval.ms/synonyms/1': anything,
    '1/results/*/configs/consumer.assignor.offload.enable': anything,
    '1/results/*/configs/errors.deadletterqueue.*': anything,
    '1/results/*/configs/share.assignor.offload.enable': anything,
    '1/results/*/configs/streams.*': anything,
  }),
  ...fields(['alter configs: of a group'], 'these have no broker setting behind them here', {
    '1/results/*/configs/share.*/synonyms/share.*': '<absent>',
  }),
  ...['flush.ms', 'segment.ms', 'segment.jitter.ms'].map(
    (name): Allowance => ({
      scripts: ['*'],
      path: `*/results/*/configs/${name}/synonyms/*`,
      reason: 'all settings that count are shown; Kafka leaves out the ones that it converts',
    }),
  ),
  ...fields(['alter configs: refused'], 'no value: INVALID_REQUEST; Kafka fails with UNKNOWN_SERVER_ERROR', {
    '3/responses/*/errorCode': 42,
    '3/responses/*/errorMessage': '<text>',
  }),
  {
    scripts: ['alter configs: refused'],
    path: '7/responses/*/errorCode',
    ours: 17,
    reason: 'an empty topic name is not allowed: Kafka says so only to who describes',
  },
  ...fields(
    ['alter configs: of the broker, refused'],
    'a name that no broker has is refused; Kafka keeps it for plug-ins',
    { '2/responses/*/errorCode': 42, '2/responses/*/errorMessage': '<text>' },
  ),
];

export function isAllowedBy(allowance: Allowance, script: string, difference: Difference): boolean {
  if (!allowance.scripts.some((name) => matchesName(name, script))) return false;
  if ('ours' in allowance && !Object.is(allowance.ours, difference.ours)) return false;
  return matchesPath(allowance.path.split('/'), difference.path.split('/'));
}

function matchesName(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

function matchesPath(pattern: readonly string[], path: readonly string[]): boolean {
  return pattern.length === path.length && pattern.every((name, index) => matchesName(name, path[index]!));
}
