/** Settings of the broker as the plain limits of each room. */
import type { BrokerConfigs } from '../broker/index.ts';
import type { BrokerConfig } from '../config/index.ts';
import type { AssignorName, GroupSettings } from '../groups/index.ts';
import { DEFAULT_STORAGE, type StorageOptions } from '../partition/index.ts';
import type { RpcLimits } from '../rpc/index.ts';
import type { TransactionSettings } from '../transactions/index.ts';

/** Requests of one connection that are served at a time; clients keep 5, librdkafka up to 1,000,000 without idempotence. */
const REQUESTS_IN_FLIGHT_MAX = 100;
/** Answers of one connection that wait for a slow reader. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
/** While others wait for room, a client that takes nothing of its answers for so long is closed. */
const ANSWER_STALL_MS = 5_000;
/** While others wait for room, a request may take so long to arrive, and a large one to be answered. */
const REQUEST_STALL_MS = 10_000;
/** A client whose connection we ended may take so long to read the answers before. */
const LINGER_MS = 5_000;
/** `queued.max.request.bytes` where it is -1: memory is bounded all the same. */
const REQUEST_BYTES_MAX = 128 * 1024 * 1024;
const MINUTE_MS = 60_000;

export function storageOptionsOf(config: BrokerConfig): StorageOptions {
  return {
    ...DEFAULT_STORAGE,
    journal: journalOptionsOf(config['gregor.journal.bytes']),
    tailBytes: config['gregor.tail.bytes'],
    directBytes: config['gregor.direct.batch.bytes'] || Number.POSITIVE_INFINITY,
    checkpointMs: config['log.flush.offset.checkpoint.interval.ms'],
    cleanerBackoffMs: config['log.cleaner.enable']
      ? config['log.cleaner.backoff.ms']
      : Number.POSITIVE_INFINITY,
    cleanerMapBytes: config['log.cleaner.dedupe.buffer.size'],
    dedupeBytes: config['gregor.dedupe.bytes'],
    retentionCheckMs: config['log.retention.check.interval.ms'],
    checkBytes: config['gregor.check.bytes'],
    diskReserveBytes: config['gregor.disk.reserve'] ?? DEFAULT_STORAGE.diskReserveBytes,
  };
}

/** Two files at least: one is freed after the frames have moved to the other. */
export function journalOptionsOf(limitBytes: number): StorageOptions['journal'] {
  const { journal } = DEFAULT_STORAGE;
  const half = Math.floor(limitBytes / 2 / journal.stepBytes) * journal.stepBytes;
  return { ...journal, limitBytes, fileBytes: Math.min(journal.fileBytes, half) };
}

export function rpcLimitsOf(config: BrokerConfig): RpcLimits {
  return {
    frameBytesMax: config['socket.request.max.bytes'],
    requestsInFlightMax: REQUESTS_IN_FLIGHT_MAX,
    answerBytesMax: ANSWER_BYTES_MAX,
    connectionsMax: config['max.connections'],
    connectionsPerHostMax: config['max.connections.per.ip'],
    idleMs: config['connections.max.idle.ms'] < 0 ? Infinity : config['connections.max.idle.ms'],
    requestBytesMax:
      config['queued.max.request.bytes'] === -1 ? REQUEST_BYTES_MAX : config['queued.max.request.bytes'],
    responseBytesMax: config['gregor.response.bytes'],
    answerStallMs: ANSWER_STALL_MS,
    requestStallMs: REQUEST_STALL_MS,
    lingerMs: LINGER_MS,
  };
}

export function transactionSettingsOf(config: BrokerConfig): TransactionSettings {
  return {
    timeoutMaxMs: config['transaction.max.timeout.ms'],
    idExpirationMs: config['transactional.id.expiration.ms'],
    isTwoPhaseCommitEnabled: config['transaction.two.phase.commit.enable'],
  };
}

/** On a loopback-only start nobody waits for more members before the first generation. */
export function groupSettingsOf(configs: BrokerConfigs, isAtHome: boolean): GroupSettings {
  const config = configs.broker;
  return {
    sessionTimeoutMinMs: config['group.min.session.timeout.ms'],
    sessionTimeoutMaxMs: config['group.max.session.timeout.ms'],
    groupSizeMax: config['group.max.size'],
    initialRebalanceDelayMs: isAtHome ? 0 : config['group.initial.rebalance.delay.ms'],
    newMemberJoinTimeoutMs: 5 * MINUTE_MS,
    offsetMetadataMax: config['offset.metadata.max.bytes'],
    offsetsRetentionMs: config['offsets.retention.minutes'] * MINUTE_MS,
    consumerGroupSizeMax: config['group.consumer.max.size'],
    migrationPolicy: config['group.consumer.migration.policy'],
    consumerAssignors: config['group.consumer.assignors'] as readonly AssignorName[],
    consumerTerms: (groupId) => configs.consumerTerms(groupId),
  };
}
