/**
 * Allowed: where Gregor answers otherwise than Kafka on purpose. Each has its reason, and `docs/compatibility.md` tells the
 * ones that people may meet. An entry that allows nothing any more fails the check: remove it.
 */
import type { Difference } from './compare.ts';

export interface Allowance {
  /** Names of scripts; a `*` at the end stands for any rest. */
  readonly scripts: readonly string[];
  /** The way to the field; a `*` ends a name of which the rest does not matter, a last `**` stands for any rest. */
  readonly path: string;
  /** What Gregor answers there; left out: anything. */
  readonly ours?: unknown;
  readonly reason: string;
}

const OPAQUE =
  'batches are opaque: header and CRC are checked, records are opened only where a setting of the topic asks for it';
const NEWER = 'settings of a Kafka newer than the one recorded';

export const ALLOWED: readonly Allowance[] = [
  // What people may meet
  {
    scripts: ['consumer: a classic client *'],
    path: '*/memberId',
    reason: 'ids that we make begin with the id of the client, also in a group of the new protocol',
  },
  {
    scripts: ['consumer: a classic client leaves'],
    path: '2/members/**',
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
    scripts: ['produce: a sequence, its duplicate, a gap', 'produce: a duplicate older than five batches'],
    path: '*/responses/*/partitionResponses/*/logAppendTimeMs',
    ours: -1,
    reason: 'of a duplicate Kafka tells the producer’s own timestamp as the time of the append',
  },
  ...['gzip', 'snappy', 'lz4', 'zstd', 'count and last offset delta contradict'].flatMap(
    (name): Allowance[] => [
      {
        scripts: [`produce: ${name}`],
        path: '*/responses/*/partitionResponses/**',
        reason: OPAQUE,
      },
    ],
  ),
  ...['gzip', 'snappy', 'lz4', 'zstd'].map(
    (name): Allowance => ({
      scripts: [`produce: ${name}`],
      path: '2/responses/*/partitions/**',
      reason: OPAQUE,
    }),
  ),
  {
    scripts: ['produce: compression that does not exist'],
    path: '*/responses/*/partitionResponses/*/errorCode',
    ours: 76,
    reason: 'UNSUPPORTED_COMPRESSION_TYPE is definite; Kafka answers UNKNOWN_SERVER_ERROR',
  },
  {
    scripts: ['produce: control and LogAppendTime bits are the broker’s'],
    path: '*/responses/**',
    reason:
      'Kafka clears the bit in silence on a CreateTime topic; a producer that sets it is wrong and hears of it',
  },
  {
    scripts: ['produce: no records'],
    path: '0/**',
    reason: 'Kafka fails on null records and never answers; we refuse them like no records',
  },
  {
    scripts: ['produce: internal topics'],
    path: '*/responses/__transaction_state/**',
    reason: 'internal topics exist from the start',
  },
  {
    scripts: ['metadata: auto-creation', 'metadata: names that are not allowed'],
    path: '*/topics/**',
    reason: 'an auto-created topic is in the first answer; Kafka answers UNKNOWN_TOPIC_OR_PARTITION first',
  },
  {
    scripts: ['create topics: several replicas'],
    path: '0/topics/**',
    reason: 'one replica is kept (gregor.replication.factor=strict refuses as Kafka does)',
  },
  {
    scripts: ['create partitions'],
    path: '*/results/*/errorMessage',
    ours: '<text>',
    reason: 'we say what was wrong where Kafka leaves the client with the code alone',
  },
  // What one request names twice
  {
    scripts: [
      'produce: one partition twice',
      'fetch: one partition takes what another leaves',
      'list offsets: unknown, twice, epochs',
      'delete records: one partition twice, nothing',
      'delete groups',
      'create topics: two of one request that collide',
    ],
    path: '*/**',
    reason:
      'each mention is answered; Kafka keeps the last mention and forgets the others, and lets two colliding new names pass',
  },
  {
    scripts: ['create topics: settings'],
    path: '8/topics/*/configs/retention.ms/value',
    ours: '1000',
    reason: 'a value is shown without the blanks around it',
  },
  {
    scripts: ['create topics: settings'],
    path: '9/topics/**',
    reason: 'a setting given twice is refused; Kafka takes the last',
  },
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
  // What no client sends
  {
    scripts: ['fetch: byte limits'],
    path: '*/responses/*/partitions/**',
    reason: 'a negative limit counts as 0; Kafka answers UNKNOWN_SERVER_ERROR',
  },
  {
    scripts: ['fetch: a session without partitions'],
    path: '0/sessionId',
    ours: 0,
    reason: 'no session is kept for nothing',
  },
  {
    scripts: ['list offsets: by time'],
    path: '21/topics/**',
    reason: 'a deleted record is not found; Kafka still finds it while its segment is there',
  },
  {
    scripts: ['metadata: by id'],
    path: '*/**',
    reason: 'a topic with neither name nor id: Kafka fails the whole request with UNKNOWN_SERVER_ERROR',
  },
  {
    scripts: ['describe topic partitions'],
    path: '4/topics/**',
    reason: 'a cursor at a topic that was deleted meanwhile goes on behind it; Kafka refuses the request',
  },
  {
    scripts: ['malformed: bodies'],
    path: '*/**',
    reason:
      'a length of −5 ends the connection, Kafka takes every negative one for null; trailing bytes are tolerated by both, and each answers its own list of APIs',
  },
  {
    scripts: ['api versions: a version that is not served'],
    path: '*/bytes',
    reason: 'each tells its own highest version',
  },
  // Settings
  {
    scripts: ['configs: *', 'alter configs: *', 'find coordinator: *'],
    path: '**',
    ours: null,
    reason: 'beside success Kafka gives an empty message, or NONE, where none is meant',
  },
  {
    scripts: ['*'],
    path: '*/*/*/configs/min.insync.replicas/**',
    reason: 'Kafka writes the default down for the cluster when its eligible leader replicas are on',
  },
  ...['errors.deadletterqueue.group.enable', 'remote.copy.lag.bytes', 'remote.copy.lag.ms'].map(
    (name): Allowance => ({ scripts: ['*'], path: `*/*/*/configs/${name}`, reason: NEWER }),
  ),
  { scripts: ['*'], path: '*/*/*/configs/gregor.*', reason: 'settings of our own' },
  {
    scripts: ['alter configs: of a group'],
    path: '1/results/*/configs/**',
    reason: `${NEWER}; share.* have no broker setting behind them here`,
  },
  ...['flush.ms', 'segment.ms', 'segment.jitter.ms'].map(
    (name): Allowance => ({
      scripts: ['*'],
      path: `*/results/*/configs/${name}/synonyms/*`,
      reason: 'all settings that count are shown; Kafka leaves out the ones that it converts',
    }),
  ),
  {
    scripts: ['alter configs: refused'],
    path: '3/responses/**',
    reason: 'no value: INVALID_REQUEST; Kafka fails with UNKNOWN_SERVER_ERROR',
  },
  {
    scripts: ['alter configs: refused'],
    path: '7/responses/*/errorCode',
    ours: 17,
    reason: 'an empty topic name is not allowed: Kafka says so only to who describes',
  },
  {
    scripts: ['alter configs: of the broker, refused'],
    path: '2/responses/**',
    reason: 'a name that no broker has is refused; Kafka keeps it for plug-ins',
  },
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
  if (pattern.at(-1) === '**')
    return (
      path.length >= pattern.length - 1 &&
      matchesPath(pattern.slice(0, -1), path.slice(0, pattern.length - 1))
    );
  return pattern.length === path.length && pattern.every((name, index) => matchesName(name, path[index]!));
}
