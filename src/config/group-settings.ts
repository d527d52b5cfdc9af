/**
 * Group settings: what can be set on one group (resource type GROUP of DescribeConfigs), and on client metrics.
 *
 * A group that sets nothing takes the broker's value under `group.` + the name.
 */
import { boolean, type ConfigOf, int, list, long, oneOf, type Settings, string } from './setting.ts';
import { parseTexts, type SettingText } from './settings.ts';

const DYNAMIC = { mutability: 'cluster-wide' } as const;
/** Of kinds of groups that are not served. */
const SHOWN_DYNAMIC = { ...DYNAMIC, hasEffect: false } as const;

export const groupSettings = {
  'consumer.assignment.interval.ms': int(1000, 'Shortest time between two assignments.', {
    ...DYNAMIC,
    min: 0,
  }),
  'consumer.assignor.offload.enable': boolean(true, 'Whether assignments are computed aside.', SHOWN_DYNAMIC),
  'consumer.heartbeat.interval.ms': int(5000, 'How often members report.', { ...DYNAMIC, min: 1 }),
  'consumer.session.timeout.ms': int(45_000, 'A member that is silent for so long is out.', {
    ...DYNAMIC,
    min: 1,
  }),
  'errors.deadletterqueue.copy.record.enable': boolean(
    false,
    'Whether a dead letter carries the record itself.',
    SHOWN_DYNAMIC,
  ),
  'errors.deadletterqueue.topic.name': string(
    '',
    'The topic for records that nobody could process.',
    SHOWN_DYNAMIC,
  ),
  'share.assignment.interval.ms': int(1000, 'Shortest time between two assignments.', {
    ...SHOWN_DYNAMIC,
    min: 0,
  }),
  'share.assignor.offload.enable': boolean(true, 'Whether assignments are computed aside.', SHOWN_DYNAMIC),
  'share.auto.offset.reset': string(
    'latest',
    'Where a new share group begins: earliest, latest or by_duration:<ISO-8601>.',
    {
      ...SHOWN_DYNAMIC,
      form: /^(earliest|latest|by_duration:P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?)$/,
    },
  ),
  'share.delivery.count.limit': int(5, 'How often a record is delivered before it is given up.', {
    ...SHOWN_DYNAMIC,
    min: 2,
  }),
  'share.heartbeat.interval.ms': int(5000, 'How often members report.', { ...SHOWN_DYNAMIC, min: 1 }),
  'share.isolation.level': oneOf(
    ['read_uncommitted', 'read_committed'],
    'read_uncommitted',
    'Whether records of aborted transactions are delivered.',
    SHOWN_DYNAMIC,
  ),
  'share.partition.max.record.locks': int(2000, 'Records of one partition that the group may hold.', {
    ...SHOWN_DYNAMIC,
    min: 100,
  }),
  'share.record.lock.duration.ms': int(30_000, 'How long a delivered record stays with its reader.', {
    ...SHOWN_DYNAMIC,
    min: 1000,
  }),
  'share.renew.acknowledge.enable': boolean(true, 'Whether a reader may ask for more time.', SHOWN_DYNAMIC),
  'share.session.timeout.ms': int(45_000, 'A member that is silent for so long is out.', {
    ...SHOWN_DYNAMIC,
    min: 1,
  }),
  'streams.acceptable.recovery.lag': long(10_000, 'How far a standby may lag and still count as warm.', {
    ...SHOWN_DYNAMIC,
    min: 0,
  }),
  'streams.assignment.interval.ms': int(1000, 'Shortest time between two assignments.', {
    ...SHOWN_DYNAMIC,
    min: 0,
  }),
  'streams.assignor.name': string(null, 'How tasks are shared out.', SHOWN_DYNAMIC),
  'streams.assignor.offload.enable': boolean(true, 'Whether assignments are computed aside.', SHOWN_DYNAMIC),
  'streams.heartbeat.interval.ms': int(5000, 'How often members report.', { ...SHOWN_DYNAMIC, min: 1 }),
  'streams.initial.rebalance.delay.ms': int(3000, 'How long an empty group waits for company.', {
    ...SHOWN_DYNAMIC,
    min: 0,
  }),
  'streams.num.standby.replicas': int(0, 'Standby copies of each stateful task.', {
    ...SHOWN_DYNAMIC,
    min: 0,
  }),
  'streams.num.warmup.replicas': int(2, 'Tasks that warm up elsewhere at the same time.', {
    ...SHOWN_DYNAMIC,
    min: 0,
  }),
  'streams.rack.aware.assignment.tags': list(
    '',
    'Client tags over which standbys are spread.',
    SHOWN_DYNAMIC,
  ),
  'streams.session.timeout.ms': int(45_000, 'A member that is silent for so long is out.', {
    ...SHOWN_DYNAMIC,
    min: 1,
  }),
  'streams.task.offset.interval.ms': int(60_000, 'How often members report how far their tasks are.', {
    ...SHOWN_DYNAMIC,
    min: 1,
  }),
} as const satisfies Settings;

export type GroupConfig = ConfigOf<typeof groupSettings>;

export const clientMetricsSettings = {
  'interval.ms': int(300_000, 'How often clients push their metrics.', {
    ...DYNAMIC,
    min: 100,
    max: 3_600_000,
  }),
  match: list('', 'Which clients push, as attribute=pattern.', DYNAMIC),
  metrics: list('', 'Prefixes of the metrics that are pushed.', DYNAMIC),
} as const satisfies Settings;

/** Checks what a client wants to set on a group. Throws `InvalidSetting`. */
export function parseGroupConfigs(texts: Iterable<SettingText>): Map<string, string> {
  return parseTexts(groupSettings, 'group', texts);
}
