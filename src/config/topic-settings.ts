/**
 * Topic settings: every setting that a topic of Kafka has, under Kafka's names, with Kafka's defaults.
 *
 * A topic that sets nothing takes the broker's value under the synonym (see synonyms.ts), else the default here.
 */
import { MESSAGE_BYTES_LIMIT, SCHEMA_CHARACTERS_MAX, SEGMENT_BYTES_MIN } from './limits.ts';
import {
  boolean,
  dedupeBy,
  type ConfigOf,
  double,
  int,
  jsonTextOrName,
  LONG_MAX,
  list,
  long,
  matching,
  oneOf,
  type Settings,
  string,
} from './setting.ts';
import { InvalidSetting, parseTexts, type SettingText } from './settings.ts';

export const COMPRESSION_TYPES = ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'] as const;
export const CLEANUP_POLICIES = ['compact', 'delete'] as const;
export const FLUSH_MODES = ['ack', 'os', 'interval'] as const;
export const TIMESTAMP_TYPES = ['CreateTime', 'LogAppendTime'] as const;

export const REJECTS = ['error', 'deadletter'] as const;
export const DEDUPE_MISSING = ['accept', 'reject'] as const;
export const FETCH_ISOLATIONS = ['client', 'committed'] as const;

const DYNAMIC = { mutability: 'cluster-wide' } as const;
const IDLE = { mutability: 'cluster-wide', hasEffect: false } as const;
const THROTTLED = /^(\*|\d+:\d+)$/;

export const topicSettings = {
  'cleanup.policy': list(
    'delete',
    'What happens to old data: delete drops whole segments, compact keeps the last record of each key; both may be named.',
    { ...DYNAMIC, values: CLEANUP_POLICIES },
  ),
  'compression.gzip.level': int(
    -1,
    "Effort for gzip where the broker compresses; -1 is the library's own choice.",
    { ...IDLE, min: 1, max: 9, or: -1 },
  ),
  'compression.lz4.level': int(9, 'Effort for lz4 where the broker compresses.', {
    ...IDLE,
    min: 1,
    max: 17,
  }),
  'compression.type': oneOf(
    COMPRESSION_TYPES,
    'producer',
    'How batches are stored: producer keeps them as they came, anything else re-encodes those that differ.',
    DYNAMIC,
  ),
  'compression.zstd.level': int(3, 'Effort for zstd where the broker compresses.', {
    ...IDLE,
    min: -131072,
    max: 22,
  }),
  'delete.retention.ms': long(
    86_400_000,
    'How long a compacted topic keeps a tombstone, so that slow readers see the deletion.',
    { ...DYNAMIC, min: 0 },
  ),
  'errors.deadletterqueue.group.enable': boolean(
    false,
    'Whether share groups may use this topic as their dead letter queue.',
    IDLE,
  ),
  'file.delete.delay.ms': long(
    60_000,
    'How long the files of a removed segment stay before they are unlinked.',
    { ...DYNAMIC, min: 0 },
  ),
  'flush.messages': long(
    LONG_MAX,
    'Records between two syncs of a segment; see gregor.flush for what an ack means here.',
    { ...IDLE, min: 1 },
  ),
  'flush.ms': long(
    LONG_MAX,
    'Time between two syncs of a segment; see gregor.flush for what an ack means here.',
    {
      ...IDLE,
      min: 0,
    },
  ),
  'follower.replication.throttled.replicas': list(
    '',
    "Replicas whose catching-up is slowed down on the follower's side.",
    { ...IDLE, item: THROTTLED },
  ),
  'gregor.canonical': matching(
    /^([A-Za-z0-9._-]+@[1-9][0-9]*)?$/,
    '',
    'The canonical definition (name@version, published by gregor canonical publish) under which each record must be canonical; empty: none.',
    DYNAMIC,
  ),
  'gregor.canonical.dead.topic': string(
    '',
    "With gregor.canonical.reject=deadletter, the topic that takes refused records; empty: this topic's name with .dead behind it. It is made when the first record goes there.",
    DYNAMIC,
  ),
  'gregor.canonical.reject': oneOf(
    REJECTS,
    'error',
    'What becomes of records that gregor.canonical or gregor.schema refuses: error: their batch is not appended and its producer told which and why; deadletter: they go to a topic of their own, the others are appended.',
    DYNAMIC,
  ),
  'gregor.dedupe.by': dedupeBy(
    'none',
    'What makes a record one that the partition has already: its key, its value, or the header with this name (header:NAME); none: nothing does. Each partition knows its own records only.',
    DYNAMIC,
  ),
  'gregor.dedupe.missing': oneOf(
    DEDUPE_MISSING,
    'accept',
    'What happens to a record without the id that gregor.dedupe.by names: accept appends it, reject refuses its batch.',
    DYNAMIC,
  ),
  'gregor.dedupe.window.count': long(
    1_000_000,
    'An id is known while no more than so many others followed it in its partition; -1 sets no limit but gregor.dedupe.bytes.',
    { ...DYNAMIC, min: 1, or: -1 },
  ),
  'gregor.dedupe.window.ms': long(
    3_600_000,
    "An id is known for so long after its record was appended, or its transaction committed, by the broker's clock.",
    { ...DYNAMIC, min: 1 },
  ),
  'gregor.flush': oneOf(
    FLUSH_MODES,
    'ack',
    'When a record is acknowledged and can be read: ack once it is synced; os once the system has it (survives kill -9, a power cut may lose the newest records); interval the same, and what is older than gregor.flush.interval.ms is synced. Internal topics are always ack.',
    DYNAMIC,
  ),
  'gregor.flush.interval.ms': long(
    1000,
    'With gregor.flush=interval, the age up to which acknowledged records may be lost in a power cut. The sync follows each write at once here, so it is less unless one sync takes longer.',
    { ...DYNAMIC, min: 1, max: 60_000 },
  ),
  'gregor.fetch.isolation': oneOf(
    FETCH_ISOLATIONS,
    'client',
    'Who decides whether records of open and aborted transactions are seen: each client, or committed: nobody sees them.',
    DYNAMIC,
  ),
  'gregor.schema': jsonTextOrName(
    '',
    'A JSON Schema (draft 7, 2019-09 or 2020-12) that the value of each record must fit: as JSON text, or the name@version of a published one (gregor schema publish); empty: none. Records without a value pass.',
    { ...DYNAMIC, max: SCHEMA_CHARACTERS_MAX },
  ),
  'index.interval.bytes': int(4096, 'Bytes of log between two entries of the offset index.', {
    ...DYNAMIC,
    min: 0,
  }),
  'internal.segment.bytes': int(null, 'Segment size below the usual minimum, for tests.', {
    ...DYNAMIC,
    isInternal: true,
  }),
  'leader.replication.throttled.replicas': list(
    '',
    "Replicas whose catching-up is slowed down on the leader's side.",
    { ...IDLE, item: THROTTLED },
  ),
  'local.retention.bytes': long(
    -2,
    'Bytes kept on the local disk when older data lies elsewhere; -2 is the same as retention.bytes.',
    { ...IDLE, min: -2 },
  ),
  'local.retention.ms': long(
    -2,
    'Age kept on the local disk when older data lies elsewhere; -2 is the same as retention.ms.',
    { ...IDLE, min: -2 },
  ),
  'max.compaction.lag.ms': long(LONG_MAX, 'The longest time that a record may wait to be compacted.', {
    ...DYNAMIC,
    min: 1,
  }),
  'max.message.bytes': int(1_048_588, 'The largest record batch that is taken, in bytes as it comes.', {
    ...DYNAMIC,
    min: 0,
    max: MESSAGE_BYTES_LIMIT,
  }),
  'message.timestamp.after.max.ms': long(3_600_000, "How far in the future a record's timestamp may lie.", {
    ...DYNAMIC,
    min: 0,
  }),
  'message.timestamp.before.max.ms': long(LONG_MAX, "How far in the past a record's timestamp may lie.", {
    ...DYNAMIC,
    min: 0,
  }),
  'message.timestamp.type': oneOf(
    TIMESTAMP_TYPES,
    'CreateTime',
    "Whose clock a record's timestamp shows: the producer's, or the broker's at the append.",
    DYNAMIC,
  ),
  'min.cleanable.dirty.ratio': double(
    0.5,
    'The share of a compacted log that must be uncleaned before it is cleaned again.',
    { ...DYNAMIC, min: 0, max: 1 },
  ),
  'min.compaction.lag.ms': long(0, 'The shortest time that a record stays before it may be compacted away.', {
    ...DYNAMIC,
    min: 0,
  }),
  'min.insync.replicas': int(
    1,
    'Replicas that must hold a record before acks=all is answered; always met here, durability is the sync before the ack.',
    { ...IDLE, min: 1 },
  ),
  preallocate: boolean(false, "Whether a new segment's file takes its full size at once.", IDLE),
  'remote.copy.lag.bytes': long(-1, 'Bytes of log that wait before they are copied to remote storage.', {
    ...IDLE,
    min: -1,
  }),
  'remote.copy.lag.ms': long(0, 'Time that a segment waits before it is copied to remote storage.', {
    ...IDLE,
    min: -1,
  }),
  'remote.log.copy.disable': boolean(
    false,
    'Stops copying to remote storage while what lies there stays readable.',
    IDLE,
  ),
  'remote.log.delete.on.disable': boolean(
    false,
    'Whether data in remote storage goes when remote storage is turned off.',
    IDLE,
  ),
  'remote.storage.enable': boolean(false, 'Whether old segments move to remote storage.', IDLE),
  'retention.bytes': long(
    -1,
    'Bytes that a partition keeps before its oldest segments go; -1 keeps all.',
    DYNAMIC,
  ),
  'retention.ms': long(604_800_000, 'How long a record stays at least; -1 keeps it for ever.', {
    ...DYNAMIC,
    min: -1,
  }),
  'segment.bytes': int(1_073_741_824, 'A segment is closed before it would grow past this size.', {
    ...DYNAMIC,
    min: SEGMENT_BYTES_MIN,
  }),
  'segment.index.bytes': int(10_485_760, 'The largest size of one index file.', { ...IDLE, min: 4 }),
  'segment.jitter.ms': long(0, 'Up to this much earlier a segment is closed, so that not all are at once.', {
    ...DYNAMIC,
    min: 0,
  }),
  'segment.ms': long(
    604_800_000,
    'A segment is closed at this age even when it is not full, so that its data can expire.',
    { ...DYNAMIC, min: 1 },
  ),
  'unclean.leader.election.enable': boolean(
    false,
    'Whether a replica that lags may lead, losing records; there is nothing to elect on one broker.',
    IDLE,
  ),
} as const satisfies Settings;

export type TopicConfig = ConfigOf<typeof topicSettings>;

/** Checks what a client wants to set on a topic; answers the texts by name. Throws `InvalidSetting`. */
export function parseTopicConfigs(texts: Iterable<SettingText>): Map<string, string> {
  const checked = parseTexts(topicSettings, 'topic', texts);
  if (checked.get('gregor.schema') && checked.get('gregor.canonical'))
    throw new InvalidSetting(
      'gregor.schema',
      'gregor.schema: the topic has gregor.canonical, whose definition has a schema: set one of them',
    );
  const lagOf = (name: string) =>
    BigInt(checked.get(name) ?? topicSettings[name as 'min.compaction.lag.ms'].default!);
  if (lagOf('min.compaction.lag.ms') > lagOf('max.compaction.lag.ms'))
    throw new InvalidSetting(
      'min.compaction.lag.ms',
      'min.compaction.lag.ms must not be above max.compaction.lag.ms',
    );
  if (
    checked.get('gregor.dedupe.by') === 'key' &&
    checked.get('cleanup.policy')?.includes('compact') === true
  )
    throw new InvalidSetting(
      'gregor.dedupe.by',
      'gregor.dedupe.by=key on a compacted topic would drop every update of a key: name an id with header:NAME',
    );
  if (
    (checked.get('gregor.dedupe.by') ?? 'none') !== 'none' &&
    checked.get('gregor.canonical.reject') === 'deadletter'
  )
    throw new InvalidSetting(
      'gregor.dedupe.by',
      'gregor.dedupe.by and gregor.canonical.reject=deadletter cannot both be set: send refused records back (gregor.canonical.reject=error)',
    );
  if (checked.get('remote.storage.enable')?.toLowerCase() === 'true')
    throw new InvalidSetting(
      'remote.storage.enable',
      'remote.storage.enable: this broker has no remote storage',
    );
  return checked;
}
