/** Groups: classic consumer groups, and what the newer kinds of groups are shown with. */
import {
  boolean,
  int,
  list,
  long,
  oneOf,
  short,
  SHOWN,
  SHOWN_CLUSTER_WIDE,
  type Settings,
} from '../setting.ts';

const INT_MAX = 2 ** 31 - 1;

export const brokerGroupSettings = {
  'group.initial.rebalance.delay.ms': int(
    3000,
    'How long an empty group waits for company before its first generation; 0 when only loopback is listened on and it is not set.',
    { min: 0 },
  ),
  'group.max.session.timeout.ms': int(1_800_000, 'The longest session timeout that a member may ask for.'),
  'group.max.size': int(INT_MAX, 'Members of one group.', { min: 1 }),
  'group.min.session.timeout.ms': int(6000, 'The shortest session timeout that a member may ask for.'),
  'group.coordinator.append.linger.ms': int(
    -1,
    'How long Kafka gathers group records before it writes them.',
    { ...SHOWN, min: -1 },
  ),
  'group.coordinator.rebalance.protocols': list('classic,consumer', 'Kinds of groups that are served.', {
    ...SHOWN,
    values: ['classic', 'consumer', 'streams', 'share'],
  }),
  'group.coordinator.threads': int(4, "Threads of Kafka's group coordinator.", { ...SHOWN, min: 1 }),
  'offset.metadata.max.bytes': int(4096, 'The longest note that a client may store with a committed offset.'),
  'offsets.commit.timeout.ms': int(5000, 'How long Kafka waits for a commit to be replicated.', {
    ...SHOWN,
    min: 1,
  }),
  'offsets.load.buffer.size': int(5_242_880, 'Bytes read at once while groups are loaded.', {
    ...SHOWN,
    min: 1,
  }),
  'offsets.retention.check.interval.ms': long(600_000, 'How often expired offsets are looked for.', {
    min: 1,
  }),
  'offsets.retention.minutes': int(10_080, "How long a group's offsets stay after its last member left.", {
    min: 1,
  }),
  'offsets.topic.compression.codec': int(0, 'Compression of __consumer_offsets, by number.', SHOWN),
  'offsets.topic.num.partitions': int(50, 'Partitions of __consumer_offsets; fixed when it is created.', {
    min: 1,
  }),
  'offsets.topic.replication.factor': short(3, 'Replicas of __consumer_offsets; one is kept.', {
    ...SHOWN,
    min: 1,
  }),
  'offsets.topic.segment.bytes': int(104_857_600, 'Segment size of __consumer_offsets.', { min: 1 }),
  'group.consumer.assignment.interval.ms': int(
    1000,
    'Shortest time between two assignments of a consumer group.',
    { mutability: 'cluster-wide', min: 0 },
  ),
  'group.consumer.assignor.offload.enable': boolean(
    true,
    'Whether assignments of consumer groups are computed aside.',
    SHOWN_CLUSTER_WIDE,
  ),
  'group.consumer.assignors': list(
    'uniform,range',
    'Ways to share partitions that a consumer group can choose from; the first is the default.',
    { values: ['uniform', 'range'] },
  ),
  'group.consumer.heartbeat.interval.ms': int(5000, 'How often members of a consumer group report.', {
    min: 1,
  }),
  'group.consumer.max.heartbeat.interval.ms': int(
    15_000,
    'The longest heartbeat interval that a group may set.',
    { min: 1 },
  ),
  'group.consumer.max.session.timeout.ms': int(60_000, 'The longest session timeout that a group may set.', {
    min: 1,
  }),
  'group.consumer.max.size': int(INT_MAX, 'Members of one consumer group.', { min: 1 }),
  'group.consumer.migration.policy': oneOf(
    ['disabled', 'downgrade', 'upgrade', 'bidirectional'],
    'bidirectional',
    'Whether groups may change between the classic and the consumer protocol.',
  ),
  'group.consumer.min.heartbeat.interval.ms': int(
    5000,
    'The shortest heartbeat interval that a group may set.',
    { min: 1 },
  ),
  'group.consumer.min.session.timeout.ms': int(45_000, 'The shortest session timeout that a group may set.', {
    min: 1,
  }),
  'group.consumer.session.timeout.ms': int(
    45_000,
    'A member of a consumer group that is silent for so long is out.',
    { min: 1 },
  ),
  'group.share.assignment.interval.ms': int(1000, 'Shortest time between two assignments of a share group.', {
    ...SHOWN_CLUSTER_WIDE,
    min: 0,
  }),
  'group.share.assignor.offload.enable': boolean(
    true,
    'Whether assignments of share groups are computed aside.',
    SHOWN_CLUSTER_WIDE,
  ),
  'group.share.delivery.count.limit': int(5, 'How often a record is delivered before it is given up.', {
    ...SHOWN,
    min: 2,
    max: 10,
  }),
  'group.share.heartbeat.interval.ms': int(5000, 'How often members of a share group report.', {
    ...SHOWN,
    min: 1,
  }),
  'group.share.max.size': int(200, 'Members of one share group.', { ...SHOWN, min: 1, max: 1000 }),
  'group.share.partition.max.record.locks': int(
    2000,
    'Records of one partition that a share group may hold.',
    { ...SHOWN, min: 100, max: 10_000 },
  ),
  'group.share.record.lock.duration.ms': int(30_000, 'How long a delivered record stays with its reader.', {
    ...SHOWN,
    min: 1000,
    max: 3_600_000,
  }),
  'group.share.session.timeout.ms': int(
    45_000,
    'A member of a share group that is silent for so long is out.',
    { ...SHOWN, min: 1 },
  ),
  'group.streams.acceptable.recovery.lag': long(
    10_000,
    'How far a standby may lag and still count as warm.',
    { ...SHOWN, min: 0 },
  ),
  'group.streams.assignment.interval.ms': int(
    1000,
    'Shortest time between two assignments of a streams group.',
    { ...SHOWN_CLUSTER_WIDE, min: 0 },
  ),
  'group.streams.assignor.offload.enable': boolean(
    true,
    'Whether assignments of streams groups are computed aside.',
    SHOWN_CLUSTER_WIDE,
  ),
  'group.streams.heartbeat.interval.ms': int(5000, 'How often members of a streams group report.', {
    ...SHOWN,
    min: 1,
  }),
  'group.streams.initial.rebalance.delay.ms': int(
    3000,
    'How long an empty streams group waits for company.',
    { ...SHOWN, min: 0 },
  ),
  'group.streams.max.size': int(INT_MAX, 'Members of one streams group.', { ...SHOWN, min: 1 }),
  'group.streams.num.standby.replicas': int(0, 'Standby copies of each stateful task.', { ...SHOWN, min: 0 }),
  'group.streams.num.warmup.replicas': int(2, 'Tasks that warm up elsewhere at the same time.', {
    ...SHOWN,
    min: 0,
  }),
  'group.streams.rack.aware.assignment.tags': list('', 'Client tags over which standbys are spread.', SHOWN),
  'group.streams.session.timeout.ms': int(
    45_000,
    'A member of a streams group that is silent for so long is out.',
    { ...SHOWN, min: 1 },
  ),
  'group.streams.task.offset.interval.ms': int(60_000, 'How often members report how far their tasks are.', {
    ...SHOWN,
    min: 1,
  }),
} as const satisfies Settings;
