/** Who we are and where we listen. */
import {
  boolean,
  className,
  CLUSTER_WIDE,
  int,
  list,
  LONG_MAX,
  long,
  SHOWN,
  SHOWN_CLUSTER_WIDE,
  type Settings,
  string,
} from '../setting.ts';

const INT_MAX = 2 ** 31 - 1;
const PER_BROKER = { mutability: 'per-broker' } as const;

export const networkSettings = {
  'advertised.listeners': list(
    null,
    'Addresses that clients are told to connect to, one for each listener; without it, the listeners.',
  ),
  'background.threads': int(10, 'Threads for background work in Kafka.', { ...SHOWN_CLUSTER_WIDE, min: 1 }),
  'broker.id': int(-1, 'The older name of node.id; used when node.id is not set.'),
  'broker.rack': string(null, 'Where this broker stands, told to clients that prefer near replicas.'),
  'config.providers': list('', 'Where Kafka looks up settings that are kept elsewhere.', SHOWN),
  'connection.failed.authentication.delay.ms': int(
    100,
    'How long a connection stays open after a failed login.',
    { ...SHOWN, min: 0 },
  ),
  'connections.max.idle.ms': long(600_000, 'A connection that says nothing for so long is closed.'),
  'controlled.shutdown.enable': boolean(
    true,
    'Whether leadership moves away before a broker stops; there is one broker.',
    SHOWN,
  ),
  'controller.listener.names': list(
    '',
    'Listeners that only controllers use; they are not opened here, the controller lives inside the broker.',
  ),
  'controller.quorum.voters': list(
    '',
    'The controllers of a Kafka cluster; not needed, the controller lives inside the broker.',
    SHOWN,
  ),
  'early.start.listeners': list(null, 'Listeners that open before the others.', SHOWN),
  'inter.broker.listener.name': string(null, 'The listener that brokers use among themselves.', SHOWN),
  'listener.security.protocol.map': string(
    'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
    'Which protocol a listener of a given name speaks.',
    PER_BROKER,
  ),
  listeners: list(
    'PLAINTEXT://127.0.0.1:9092',
    'Addresses to listen on, as NAME://host:port; port 0 takes a free one, an empty host is every interface.',
    PER_BROKER,
  ),
  'max.connection.creation.rate': int(INT_MAX, 'New connections per second.', {
    ...SHOWN_CLUSTER_WIDE,
    min: 0,
  }),
  'max.connections': int(INT_MAX, 'Connections at one time; a further one is closed at once.', {
    ...CLUSTER_WIDE,
    min: 0,
  }),
  'max.connections.per.ip': int(
    INT_MAX,
    'Connections at one time from one address; a further one is closed at once.',
    { ...CLUSTER_WIDE, min: 0 },
  ),
  'max.connections.per.ip.overrides': string(
    '',
    'Exceptions to max.connections.per.ip, as host:count.',
    SHOWN_CLUSTER_WIDE,
  ),
  'metric.reporters': list('', 'Java classes that Kafka hands its metrics to.', SHOWN_CLUSTER_WIDE),
  'metrics.num.samples': int(2, 'Samples kept for a metric.', { ...SHOWN, min: 1 }),
  'metrics.recording.level': string('INFO', 'Which metrics are recorded.', SHOWN),
  'metrics.sample.window.ms': long(30_000, 'Time that one sample of a metric covers.', { ...SHOWN, min: 1 }),
  'node.id': int(1, 'The number of this broker, as clients see it.', { min: 0 }),
  'num.io.threads': int(8, 'Threads that serve requests in Kafka.', { ...SHOWN_CLUSTER_WIDE, min: 1 }),
  'num.network.threads': int(3, 'Threads that read and write sockets in Kafka.', {
    ...SHOWN_CLUSTER_WIDE,
    min: 1,
  }),
  'process.roles': list('broker,controller', 'What this process is; always both.', {
    ...SHOWN,
    values: ['broker', 'controller'],
  }),
  'queued.max.request.bytes': long(
    134_217_728,
    'Requests read but not answered, over all connections; beyond it sockets are not read. -1: as without it.',
    { min: 1024 * 1024, or: -1 },
  ),
  'queued.max.requests': int(500, "Requests that wait in Kafka's queue.", { ...SHOWN, min: 1 }),
  'request.timeout.ms': int(30_000, "How long Kafka's brokers wait for an answer of another.", SHOWN),
  'security.inter.broker.protocol': string('PLAINTEXT', 'What brokers speak among themselves.', SHOWN),
  'socket.connection.setup.timeout.max.ms': long(
    30_000,
    'The longest wait for a connection to another broker.',
    SHOWN,
  ),
  'socket.connection.setup.timeout.ms': long(
    10_000,
    'The first wait for a connection to another broker.',
    SHOWN,
  ),
  'socket.listen.backlog.size': int(50, 'Connections that wait to be accepted.', { ...SHOWN, min: 1 }),
  'socket.receive.buffer.bytes': int(
    102_400,
    "The receive buffer of a socket; the system's own is used.",
    SHOWN,
  ),
  'socket.request.max.bytes': int(
    104_857_600,
    'The largest request; a connection that announces more is closed.',
    { min: 1 },
  ),
  'socket.send.buffer.bytes': int(102_400, "The send buffer of a socket; the system's own is used.", SHOWN),
  'telemetry.max.bytes': int(1_048_576, 'The largest push of client metrics.', { ...SHOWN, min: 1 }),
  'authorizer.class.name': string('', 'The Java class that decides in Kafka who may do what.', SHOWN),
  'principal.builder.class': className(
    'org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder',
    'The Java class that names in Kafka who is connected.',
  ),
  'connections.max.reauth.ms': long(0, 'How long a login lasts; 0 is for ever.', SHOWN),
  'leader.replication.throttled.rate': long(
    LONG_MAX,
    'Bytes per second that throttled replicas may be sent.',
    { ...SHOWN_CLUSTER_WIDE, min: 0 },
  ),
  'follower.replication.throttled.rate': long(
    LONG_MAX,
    'Bytes per second that throttled replicas may take.',
    { ...SHOWN_CLUSTER_WIDE, min: 0 },
  ),
} as const satisfies Settings;
