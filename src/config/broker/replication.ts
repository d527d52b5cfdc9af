/** Replication, quotas and logins: names that tools know. One broker keeps one replica; most of these are only shown. */
import {
  boolean,
  CLUSTER_WIDE,
  int,
  list,
  long,
  oneOf,
  password,
  short,
  SHOWN,
  SHOWN_CLUSTER_WIDE,
  type Settings,
  string,
} from '../setting.ts';

const SHOWN_PER_BROKER = { hasEffect: false, mutability: 'per-broker' } as const;

export const replicationSettings = {
  'auto.leader.rebalance.enable': boolean(
    true,
    'Whether leadership goes back to the preferred replica.',
    SHOWN,
  ),
  'controller.quota.window.num': int(11, 'Samples kept for quotas on metadata changes.', {
    ...SHOWN,
    min: 1,
  }),
  'controller.quota.window.size.seconds': int(1, 'Time that one such sample covers.', { ...SHOWN, min: 1 }),
  'default.replication.factor': int(
    1,
    'Replicas of a new topic when the request leaves it open; one is kept.',
    { ...SHOWN, min: 1 },
  ),
  'delegation.token.expiry.time.ms': long(86_400_000, 'How long a delegation token lasts without renewal.', {
    ...SHOWN,
    min: 1,
  }),
  'delegation.token.max.lifetime.ms': long(604_800_000, 'How long a delegation token can be renewed.', {
    ...SHOWN,
    min: 1,
  }),
  'fetch.purgatory.purge.interval.requests': int(1000, 'How often Kafka sweeps parked fetches.', SHOWN),
  'leader.imbalance.check.interval.seconds': long(
    300,
    'How often leadership is compared with the preference.',
    { ...SHOWN, min: 1 },
  ),
  'num.replica.fetchers': int(1, 'Connections over which a follower copies from each leader.', {
    ...SHOWN_CLUSTER_WIDE,
    min: 1,
  }),
  'producer.purgatory.purge.interval.requests': int(
    1000,
    'How often Kafka sweeps parked produce requests.',
    SHOWN,
  ),
  'quota.window.num': int(11, 'Samples kept for client quotas.', { ...SHOWN, min: 1 }),
  'quota.window.size.seconds': int(1, 'Time that one sample of a client quota covers.', { ...SHOWN, min: 1 }),
  'replica.fetch.backoff.ms': int(1000, 'How long a follower waits after an error.', { ...SHOWN, min: 0 }),
  'replica.fetch.max.bytes': int(1_048_576, 'Bytes that a follower asks for from each partition.', {
    ...SHOWN,
    min: 0,
  }),
  'replica.fetch.min.bytes': int(1, 'Bytes that a follower waits for.', SHOWN),
  'replica.fetch.response.max.bytes': int(10_485_760, 'Bytes that a follower asks for at once.', {
    ...SHOWN,
    min: 0,
  }),
  'replica.fetch.wait.max.ms': int(500, 'How long a follower waits for new records.', SHOWN),
  'replica.high.watermark.checkpoint.interval.ms': long(
    5000,
    'How often Kafka writes down high watermarks.',
    SHOWN,
  ),
  'replica.lag.time.max.ms': long(30_000, 'A follower that lags for longer is no longer in sync.', SHOWN),
  'replica.selector.class': string(null, 'The Java class that picks a replica to read from.', SHOWN),
  'replica.socket.timeout.ms': int(30_000, 'How long a follower waits for an answer.', SHOWN),
  'sasl.enabled.mechanisms': list('', 'Ways to log in.', SHOWN_PER_BROKER),
  'sasl.mechanism.inter.broker.protocol': string(
    'GSSAPI',
    'How brokers log in at each other.',
    SHOWN_PER_BROKER,
  ),
  'sasl.server.max.receive.size': int(524_288, 'The largest message of a login.', SHOWN),
  'ssl.cipher.suites': list('', 'Ciphers that TLS may use.', SHOWN_PER_BROKER),
  'ssl.client.auth': oneOf(
    ['required', 'requested', 'none'],
    'none',
    'Whether TLS clients show a certificate.',
    SHOWN_PER_BROKER,
  ),
  'ssl.enabled.protocols': list('TLSv1.2,TLSv1.3', 'Versions of TLS that are spoken.', SHOWN_PER_BROKER),
  'ssl.key.password': password('Opens the private key.', SHOWN_PER_BROKER),
  'ssl.keystore.certificate.chain': password('The certificate and those above it, as PEM.', SHOWN_PER_BROKER),
  'ssl.keystore.key': password('The private key, as PEM.', SHOWN_PER_BROKER),
  'ssl.keystore.location': string(null, 'The file that holds certificate and key.', SHOWN_PER_BROKER),
  'ssl.keystore.password': password('Opens that file.', SHOWN_PER_BROKER),
  'ssl.keystore.type': string('JKS', 'What kind of file it is.', SHOWN_PER_BROKER),
  'ssl.principal.mapping.rules': string(
    'DEFAULT',
    "How a certificate's subject becomes a user's name.",
    SHOWN,
  ),
  'ssl.protocol': string('TLSv1.3', 'The version of TLS that is preferred.', SHOWN_PER_BROKER),
  'ssl.truststore.certificates': password('Certificates that are trusted, as PEM.', SHOWN_PER_BROKER),
  'ssl.truststore.location': string(null, 'The file that holds them.', SHOWN_PER_BROKER),
  'ssl.truststore.password': password('Opens that file.', SHOWN_PER_BROKER),
  'ssl.truststore.type': string('JKS', 'What kind of file it is.', SHOWN_PER_BROKER),
  'producer.id.expiration.ms': int(
    86_400_000,
    'A producer that is silent for so long is forgotten: a retry after that is not recognised.',
    { ...CLUSTER_WIDE, min: 1 },
  ),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': int(
    10_000,
    'How often overdue transactions are looked for.',
    { ...SHOWN, min: 1 },
  ),
  'transaction.max.timeout.ms': int(900_000, 'The longest time that a producer may give a transaction.', {
    min: 1,
  }),
  'transaction.partition.verification.enable': boolean(
    true,
    'Whether a transactional batch is checked against an open transaction.',
    CLUSTER_WIDE,
  ),
  'transaction.remove.expired.transaction.cleanup.interval.ms': int(
    3_600_000,
    'How often expired transactional ids are looked for.',
    { min: 1 },
  ),
  'transaction.state.log.load.buffer.size': int(
    5_242_880,
    'Bytes read at once while transactions are loaded.',
    { ...SHOWN, min: 1 },
  ),
  'transaction.state.log.min.isr': int(2, 'min.insync.replicas of __transaction_state.', {
    ...SHOWN,
    min: 1,
  }),
  'transaction.state.log.num.partitions': int(
    50,
    'Partitions of __transaction_state; fixed when it is created.',
    { min: 1 },
  ),
  'transaction.state.log.replication.factor': short(3, 'Replicas of __transaction_state; one is kept.', {
    ...SHOWN,
    min: 1,
  }),
  'transaction.state.log.segment.bytes': int(104_857_600, 'Segment size of __transaction_state.', {
    min: 1,
  }),
  'transaction.two.phase.commit.enable': boolean(false, 'Whether a transaction may be prepared first.'),
  'transactional.id.expiration.ms': int(
    604_800_000,
    'A transactional id that is unused for so long is forgotten.',
    { min: 1 },
  ),
} as const satisfies Settings;
