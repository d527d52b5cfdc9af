/**
 * Fetch: v4–v18.
 *
 * Behaviour: partitions are read in the order asked, one byte budget for the whole answer; the first one that has
 * anything gives at least one whole batch. With less than minBytes and no error the request waits until there is
 * enough, or its time is over. Reads end at the high watermark, or at the last stable offset for read_committed.
 * Version notes: v7 sessions (KIP-227); v12 flexible; v13 topics by id; v16 current leader (KIP-951).
 */
import { errorCode, type FetchRequest, fetchApi, KafkaError, ZERO_UUID } from '../../protocol/index.ts';
import { type Isolation, type Partition, read, readableBytes } from '../../partition/index.ts';
import type { Broker } from '../broker.ts';
import { type FetchPartition, keyOf, NO_SESSION } from '../fetch-session.ts';
import type { FetchPlan } from '../fetch-sessions.ts';
import { parked } from '../fetch-waiter.ts';
import { handler, type RequestContext } from '../handler.ts';

const TOPIC_IDS_SINCE = 13;
const STORAGE_ERROR_SINCE = 6;

type Needs = 'clock' | 'image' | 'partitions' | 'sessions';

/** What one partition of the plan gives now. */
interface Read {
  readonly wanted: FetchPartition;
  readonly partition: Partition | undefined;
  readonly records: readonly Buffer[];
  readonly bytes: number;
  readonly error: KafkaError | undefined;
}

export const fetch = handler(
  fetchApi,
  [4, 18],
  ['clock', 'image', 'partitions', 'sessions', 'configs'],
  async (broker, request, context) => {
    const usesIds = context.version >= TOPIC_IDS_SINCE;
    let plan: FetchPlan;
    try {
      plan = broker.sessions.plan(
        request.sessionId,
        request.sessionEpoch,
        wantedOf(request),
        forgottenOf(request),
        usesIds,
      );
    } catch (error) {
      return { errorCode: errorCode(error), sessionId: NO_SESSION, responses: [] };
    }
    const isolation: Isolation = request.isolationLevel === 1 ? 'read_committed' : 'read_uncommitted';
    // No answer is larger, but for one batch that is.
    const maxBytes = Math.min(request.maxBytes, broker.configs.broker['fetch.max.bytes']);
    const minBytes = Math.min(request.minBytes, maxBytes);
    const found = plan.wanted.map((wanted) => ({
      wanted,
      partition: findPartition(broker, wanted, usesIds),
    }));

    if (request.maxWaitMs > 0 && minBytes > 0 && !isReady(found, isolation, minBytes))
      await parked(
        broker.clock,
        found.map(({ partition }) => partition!),
        request.maxWaitMs,
        context.signal,
        () => isReady(found, isolation, minBytes),
      );
    const reads = await readAll(found, isolation, maxBytes);
    return answerOf(plan, reads, isolation, context);
  },
);

function wantedOf(request: FetchRequest): FetchPartition[] {
  const wanted: FetchPartition[] = [];
  for (const { topic, topicId, partitions } of request.topics)
    for (const {
      partition,
      currentLeaderEpoch,
      lastFetchedEpoch,
      fetchOffset,
      partitionMaxBytes,
    } of partitions)
      wanted.push({
        topic,
        topicId,
        partition,
        currentLeaderEpoch,
        lastFetchedEpoch,
        fetchOffset,
        partitionMaxBytes,
      });
  return wanted;
}

function forgottenOf(request: FetchRequest): string[] {
  return request.forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((partition) => keyOf({ topic, topicId, partition })),
  );
}

function findPartition(
  broker: Pick<Broker, Needs>,
  wanted: FetchPartition,
  usesIds: boolean,
): Partition | undefined {
  const topicId = usesIds ? wanted.topicId : broker.image.find(wanted.topic)?.id;
  return topicId === undefined || topicId === ZERO_UUID
    ? undefined
    : broker.partitions.find(topicId, wanted.partition);
}

type Found = readonly { readonly wanted: FetchPartition; readonly partition: Partition | undefined }[];

/** Enough bytes, or something to say at once: an error, nothing asked. */
function isReady(found: Found, isolation: Isolation, minBytes: number): boolean {
  if (found.length === 0) return true;
  let bytes = 0;
  for (const { wanted, partition } of found) {
    if (partition === undefined || isRefused(partition, wanted)) return true;
    bytes += readableBytes(partition, wanted.fetchOffset, isolation, minBytes - bytes);
    if (bytes >= minBytes) return true;
  }
  return false;
}

function isRefused(partition: Partition, { fetchOffset, currentLeaderEpoch }: FetchPartition): boolean {
  return (
    partition.deleted ||
    fetchOffset < partition.logStartOffset ||
    fetchOffset > partition.logEndOffset ||
    (currentLeaderEpoch >= 0 && currentLeaderEpoch !== partition.leaderEpoch)
  );
}

async function readAll(found: Found, isolation: Isolation, maxBytes: number): Promise<Read[]> {
  const reads: Read[] = [];
  let left = maxBytes;
  let isFirst = true;
  for (const { wanted, partition } of found) {
    const budget = Math.min(left, wanted.partitionMaxBytes);
    const result = await readOne(wanted, partition, isolation, budget, isFirst);
    if (result.bytes > 0) isFirst = false;
    left = Math.max(0, left - result.bytes);
    reads.push(result);
  }
  return reads;
}

async function readOne(
  wanted: FetchPartition,
  partition: Partition | undefined,
  isolation: Isolation,
  budget: number,
  isFirst: boolean,
): Promise<Read> {
  try {
    if (partition === undefined)
      throw new KafkaError(wanted.topic === '' ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION');
    partition.checkEpoch(wanted.currentLeaderEpoch);
    const answer = read(partition, wanted.fetchOffset, isFirst ? Math.max(budget, 1) : budget, isolation);
    const records = answer instanceof Promise ? await answer : answer;
    const bytes = records.reduce((sum, part) => sum + part.length, 0);
    // Only the first partition with data may exceed its budget; a later one waits for its turn.
    if (!isFirst && bytes > budget) return { wanted, partition, records: [], bytes: 0, error: undefined };
    return { wanted, partition, records, bytes, error: undefined };
  } catch (error) {
    errorCode(error);
    return { wanted, partition, records: [], bytes: 0, error: error as KafkaError };
  }
}

function answerOf(plan: FetchPlan, reads: readonly Read[], isolation: Isolation, context: RequestContext) {
  const topics = new Map<
    string,
    { topic: string; topicId: string; partitions: ReturnType<typeof partitionAnswer>[] }
  >();
  for (const one of reads) {
    const answer = partitionAnswer(one, isolation, context.version);
    const { topic, topicId } = one.wanted;
    const isNews = plan.session?.tell(one.wanted, { ...answer, bytes: one.bytes }) ?? true;
    if (plan.isIncremental && !isNews) continue;
    const key = topic === '' ? topicId : topic;
    const group = topics.get(key) ?? { topic, topicId, partitions: [] };
    topics.set(key, group);
    group.partitions.push(answer);
  }
  return { errorCode: 0, sessionId: plan.session?.id ?? NO_SESSION, responses: [...topics.values()] };
}

function partitionAnswer({ wanted, partition, records, error }: Read, isolation: Isolation, version: number) {
  const known = error === undefined ? partition! : undefined;
  return {
    partitionIndex: wanted.partition,
    errorCode: error === undefined ? 0 : codeFor(error, version),
    highWatermark: known?.highWatermark ?? -1,
    lastStableOffset: known?.lastStableOffset ?? -1,
    logStartOffset: known?.logStartOffset ?? -1,
    abortedTransactions: isolation === 'read_committed' ? [] : null,
    preferredReadReplica: -1,
    records,
  };
}

function codeFor(error: KafkaError, version: number): number {
  if (error.errorName === 'KAFKA_STORAGE_ERROR' && version < STORAGE_ERROR_SINCE)
    return new KafkaError('NOT_LEADER_OR_FOLLOWER').code;
  return error.code;
}
