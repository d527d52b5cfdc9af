/** Our own settings: all begin with `gregor.`, all have a default that is right for most. */
import { JOURNAL_BYTES_MIN } from '../limits.ts';
import { FLUSH_MODES } from '../topic-settings.ts';
import { boolean, CLUSTER_WIDE, list, long, oneOf, type Settings, size } from '../setting.ts';

export const gregorSettings = {
  'gregor.allow.anonymous': boolean(
    false,
    'Listen beyond loopback although nobody has to log in: for a trusted network or a container.',
  ),
  'gregor.check.bytes': size(
    '32MiB',
    'Batches of topics with checks that wait for them, over all topics; beyond it, or beyond a quarter in one partition, who sends more is not read.',
    { min: 1024 * 1024 },
  ),
  'gregor.disk.reserve': size(
    null,
    'Free bytes on the disk below which produce is refused; without it 1 GiB or 2 % of the disk, the smaller.',
    { min: 0 },
  ),
  'gregor.flush': oneOf(FLUSH_MODES, 'ack', 'gregor.flush of topics that do not set it.'),
  'gregor.flush.interval.ms': long(1000, 'gregor.flush.interval.ms of topics that do not set it.', {
    min: 1,
    max: 60_000,
  }),
  'gregor.journal.bytes': size('512MiB', 'The most that the journal takes on the disk.', {
    min: JOURNAL_BYTES_MIN,
  }),
  'gregor.replication.factor': oneOf(
    ['accept', 'strict'],
    'accept',
    'What a request for more than one replica gets: accept keeps one and says so, strict refuses as Kafka does.',
    CLUSTER_WIDE,
  ),
  'gregor.response.bytes': size(
    '128MiB',
    'Answers read from the log or waiting to leave, over all connections; beyond it fetches wait, and who takes nothing is closed.',
    { min: 1024 * 1024 },
  ),
  'gregor.dedupe.bytes': size(
    '128MiB',
    'Ids of all topics with gregor.dedupe.by in memory; beyond it windows are cut short, which is counted and told.',
    { min: 1024 * 1024 },
  ),
  'gregor.pipelines': list(
    '',
    'Files whose default export is a pipeline: they run inside the broker, in its thread (gregor start --pipeline FILE).',
  ),
  'gregor.direct.batch.bytes': size(
    '256KiB',
    'A batch of this size goes straight into its segment, and the journal has a reference only; 0: every batch goes through the journal.',
    { min: 0 },
  ),
  'gregor.tail.bytes': size(
    '64MiB',
    'The newest batches held in memory, from which readers at the end are served.',
    { min: 1024 * 1024 },
  ),
} as const satisfies Settings;
