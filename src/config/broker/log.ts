/** Topics and their logs: defaults for what a topic does not set itself, and limits of requests that touch them. */
import { MESSAGE_BYTES_LIMIT, PARTITIONS_PER_TOPIC_LIMIT, SEGMENT_BYTES_MIN } from '../limits.ts';
import {
  boolean,
  className,
  CLUSTER_WIDE,
  double,
  int,
  list,
  LONG_MAX,
  long,
  oneOf,
  SHOWN,
  SHOWN_CLUSTER_WIDE,
  type Settings,
} from '../setting.ts';
import { CLEANUP_POLICIES, COMPRESSION_TYPES, TIMESTAMP_TYPES } from '../topic-settings.ts';

export const logSettings = {
  'alter.config.policy.class.name': className(
    null,
    'The Java class that may refuse changes of settings in Kafka.',
  ),
  'auto.create.topics.enable': boolean(
    true,
    'Whether a topic comes into being when a client first asks for it.',
  ),
  'compression.gzip.level': int(-1, 'compression.gzip.level of topics that do not set it.', {
    ...SHOWN_CLUSTER_WIDE,
    min: 1,
    max: 9,
    or: -1,
  }),
  'compression.lz4.level': int(9, 'compression.lz4.level of topics that do not set it.', {
    ...SHOWN_CLUSTER_WIDE,
    min: 1,
    max: 17,
  }),
  'compression.type': oneOf(
    COMPRESSION_TYPES,
    'producer',
    'compression.type of topics that do not set it.',
    CLUSTER_WIDE,
  ),
  'compression.zstd.level': int(3, 'compression.zstd.level of topics that do not set it.', {
    ...SHOWN_CLUSTER_WIDE,
    min: -131072,
    max: 22,
  }),
  'create.topic.policy.class.name': className(null, 'The Java class that may refuse new topics in Kafka.'),
  'delete.topic.enable': boolean(true, 'Whether topics can be deleted.'),
  'fetch.max.bytes': int(
    57_671_680,
    'The most that one fetch is answered with, beyond a first batch of any size.',
    { min: 1024 },
  ),
  'log.cleaner.backoff.ms': long(15_000, 'How long the cleaner rests when nothing is to clean.', { min: 0 }),
  'log.cleaner.dedupe.buffer.size': long(
    134_217_728,
    "Memory for the cleaner's map of keys, 24 bytes each; a log with more keys is cleaned in several passes.",
    { min: 1024 },
  ),
  'log.cleaner.delete.retention.ms': long(86_400_000, 'delete.retention.ms of topics that do not set it.', {
    ...CLUSTER_WIDE,
    min: 0,
  }),
  'log.cleaner.enable': boolean(true, 'Whether compacted topics are compacted.'),
  'log.cleaner.io.buffer.load.factor': double(
    0.9,
    "How full the cleaner's map of keys may get.",
    SHOWN_CLUSTER_WIDE,
  ),
  'log.cleaner.io.buffer.size': int(524_288, "Memory for the cleaner's reads and writes.", {
    ...SHOWN_CLUSTER_WIDE,
    min: 0,
  }),
  'log.cleaner.io.max.bytes.per.second': double(
    Number.MAX_VALUE,
    'How fast the cleaner may read and write.',
    SHOWN_CLUSTER_WIDE,
  ),
  'log.cleaner.max.compaction.lag.ms': long(LONG_MAX, 'max.compaction.lag.ms of topics that do not set it.', {
    ...CLUSTER_WIDE,
    min: 1,
  }),
  'log.cleaner.min.cleanable.ratio': double(0.5, 'min.cleanable.dirty.ratio of topics that do not set it.', {
    ...CLUSTER_WIDE,
    min: 0,
    max: 1,
  }),
  'log.cleaner.min.compaction.lag.ms': long(0, 'min.compaction.lag.ms of topics that do not set it.', {
    ...CLUSTER_WIDE,
    min: 0,
  }),
  'log.cleaner.threads': int(1, 'Threads of the cleaner.', { ...SHOWN_CLUSTER_WIDE, min: 0 }),
  'log.cleanup.policy': list('delete', 'cleanup.policy of topics that do not set it.', {
    ...CLUSTER_WIDE,
    values: CLEANUP_POLICIES,
  }),
  'log.dir': list('gregor-data', 'The data folder, when log.dirs is not set.'),
  'log.dirs': list(null, 'The data folder; one, since all partitions share one journal.'),
  'log.flush.interval.messages': long(LONG_MAX, 'flush.messages of topics that do not set it.', {
    ...SHOWN_CLUSTER_WIDE,
    min: 1,
  }),
  'log.flush.interval.ms': long(null, 'flush.ms of topics that do not set it.', SHOWN_CLUSTER_WIDE),
  'log.flush.offset.checkpoint.interval.ms': int(
    60_000,
    'Time between two checkpoints of the log: a restart replays what came after the last.',
    { min: 1000 },
  ),
  'log.flush.scheduler.interval.ms': long(LONG_MAX, 'How often Kafka looks for logs to sync.', SHOWN),
  'log.flush.start.offset.checkpoint.interval.ms': int(
    60_000,
    'How often Kafka writes down log start offsets.',
    { ...SHOWN, min: 0 },
  ),
  'log.index.interval.bytes': int(4096, 'index.interval.bytes of topics that do not set it.', {
    ...CLUSTER_WIDE,
    min: 0,
  }),
  'log.index.size.max.bytes': int(10_485_760, 'segment.index.bytes of topics that do not set it.', {
    ...SHOWN_CLUSTER_WIDE,
    min: 4,
  }),
  'log.local.retention.bytes': long(-2, 'local.retention.bytes of topics that do not set it.', {
    ...SHOWN_CLUSTER_WIDE,
    min: -2,
  }),
  'log.local.retention.ms': long(-2, 'local.retention.ms of topics that do not set it.', {
    ...SHOWN_CLUSTER_WIDE,
    min: -2,
  }),
  'log.message.timestamp.after.max.ms': long(
    3_600_000,
    'message.timestamp.after.max.ms of topics that do not set it.',
    { ...CLUSTER_WIDE, min: 0 },
  ),
  'log.message.timestamp.before.max.ms': long(
    LONG_MAX,
    'message.timestamp.before.max.ms of topics that do not set it.',
    { ...CLUSTER_WIDE, min: 0 },
  ),
  'log.message.timestamp.type': oneOf(
    TIMESTAMP_TYPES,
    'CreateTime',
    'message.timestamp.type of topics that do not set it.',
    CLUSTER_WIDE,
  ),
  'log.preallocate': boolean(false, 'preallocate of topics that do not set it.', SHOWN_CLUSTER_WIDE),
  'log.remote.copy.lag.bytes': long(-1, 'remote.copy.lag.bytes of topics that do not set it.', {
    ...SHOWN_CLUSTER_WIDE,
    min: -1,
  }),
  'log.remote.copy.lag.ms': long(0, 'remote.copy.lag.ms of topics that do not set it.', {
    ...SHOWN_CLUSTER_WIDE,
    min: -1,
  }),
  'log.retention.bytes': long(-1, 'retention.bytes of topics that do not set it.', CLUSTER_WIDE),
  'log.retention.check.interval.ms': long(300_000, 'How often expired segments are looked for.', { min: 1 }),
  'log.retention.hours': int(
    168,
    'retention.ms in hours, when neither log.retention.ms nor log.retention.minutes is set.',
  ),
  'log.retention.minutes': int(null, 'retention.ms in minutes, when log.retention.ms is not set.'),
  'log.retention.ms': long(null, 'retention.ms of topics that do not set it.', { ...CLUSTER_WIDE, min: -1 }),
  'log.roll.hours': int(168, 'segment.ms in hours, when log.roll.ms is not set.', { min: 1 }),
  'log.roll.jitter.hours': int(0, 'segment.jitter.ms in hours, when log.roll.jitter.ms is not set.', {
    min: 0,
  }),
  'log.roll.jitter.ms': long(null, 'segment.jitter.ms of topics that do not set it.', {
    ...CLUSTER_WIDE,
    min: 0,
  }),
  'log.roll.ms': long(null, 'segment.ms of topics that do not set it.', { ...CLUSTER_WIDE, min: 1 }),
  'log.segment.bytes': int(1_073_741_824, 'segment.bytes of topics that do not set it.', {
    ...CLUSTER_WIDE,
    min: SEGMENT_BYTES_MIN,
  }),
  'log.segment.delete.delay.ms': long(60_000, 'file.delete.delay.ms of topics that do not set it.', {
    ...CLUSTER_WIDE,
    min: 0,
  }),
  'max.incremental.fetch.session.cache.slots': int(
    1000,
    'Fetch sessions at one time; the one used longest ago makes room.',
    { min: 0 },
  ),
  'max.request.partition.size.limit': int(2000, 'Partitions in one page of DescribeTopicPartitions.', {
    min: 1,
  }),
  'message.max.bytes': int(1_048_588, 'max.message.bytes of topics that do not set it.', {
    ...CLUSTER_WIDE,
    min: 0,
    max: MESSAGE_BYTES_LIMIT,
  }),
  'metadata.log.segment.bytes': int(1_073_741_824, 'Segment size of the metadata log.', {
    ...SHOWN,
    min: 8 * 1024 * 1024,
  }),
  'metadata.max.retention.bytes': long(104_857_600, 'How much of the metadata log Kafka keeps.', SHOWN),
  'metadata.max.retention.ms': long(604_800_000, 'How long Kafka keeps the metadata log.', SHOWN),
  'min.insync.replicas': int(1, 'min.insync.replicas of topics that do not set it.', {
    ...SHOWN_CLUSTER_WIDE,
    min: 1,
  }),
  'num.partitions': int(1, 'Partitions of a new topic when the request leaves it open.', {
    min: 1,
    max: PARTITIONS_PER_TOPIC_LIMIT,
  }),
  'num.recovery.threads.per.data.dir': int(2, 'Threads that recover logs at start-up in Kafka.', {
    ...SHOWN_CLUSTER_WIDE,
    min: 1,
  }),
  'remote.log.storage.system.enable': boolean(
    false,
    'Whether old segments can move to remote storage.',
    SHOWN,
  ),
  'unclean.leader.election.enable': boolean(
    false,
    'unclean.leader.election.enable of topics that do not set it.',
    SHOWN_CLUSTER_WIDE,
  ),
} as const satisfies Settings;
