/**
 * Fetch: v4-v18.
 *
 * Behaviour: partitions are read in the order asked, one byte budget for the whole answer; the first one that has
 * anything gives at least one whole batch. With less than minBytes and no error the request waits until there is
 * enough, or its time is over. Reads end at the high watermark, or at the last stable offset for read_committed: where
 * that is, is looked up for all partitions in one turn, so that no answer holds half of a transaction that was one frame.
 * Topics with `gregor.fetch.isolation=committed` end at the last stable offset for everybody, without aborted records.
 * Version notes: v7 sessions (KIP-227); v12 flexible; v13 topics by id; v16 current leader (KIP-951).
 */
import { errorCode, type FetchRequest, fetchApi, KafkaError, ZERO_UUID } from '../../protocol/index.ts';
import {
  checkEpoch,
  type Isolation,
  isolationFor,
  type Partition,
  read,
  readableBytes,
  readCommitted,
  readWithAborted,
} from '../../partition/index.ts';
import type { Broker } from '../broker.ts';
import { type Divergence, divergence } from '../divergence.ts';
import { type FetchPartition, keyOf, NO_SESSION } from '../fetch-session.ts';
import type { FetchPlan } from '../fetch-sessions.ts';
import { parked } from '../fetch-waiter.ts';
import { handler, type RequestContext } from '../handler.ts';

const TOPIC_IDS_SINCE = 13;
const STORAGE_ERROR_SINCE = 6;

type Needs = 'clock' | 'image' | 'partitions' | 'sessions';

/** Where a partition stood when the answer was begun. */
interface View {
  readonly partition: Partition;
  /** What this client may see of it. */
  readonly isolation: Isolation;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
}

interface Aborted {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** What one partition of the plan gives now. */
interface Read {
  readonly wanted: FetchPartition;
  readonly view: View | undefined;
  readonly records: readonly Buffer[];
  /** Null: the client did not ask for them. */
  readonly aborted: readonly Aborted[] | null;
  readonly bytes: number;
  readonly error: KafkaError | undefined;
  /** Where the reader's log and this one part: nothing else is told then. */
  readonly diverging: Divergence | undefined;
}

const NO_RECORDS: readonly Buffer[] = [];
const NO_ABORTED: readonly Aborted[] = [];

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
        plan.session,
      );
    const { wanted, least } = roomFor(found, isolation, maxBytes);
    const granted = wanted === 0 ? maxBytes : context.room.reserve(wanted, least);
    const room = typeof granted === 'number' ? granted : await granted;
    if (context.signal.aborted) return { errorCode: 0, sessionId: NO_SESSION, responses: [] }; // nobody hears it
    const reading = readAll(found, isolation, Math.min(maxBytes, room), usesIds);
    const reads = reading instanceof Promise ? await reading : reading;
    context.room.lend(reads.flatMap(({ records }) => records));
    return answerOf(plan, reads, context);
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

/** The bytes that the answer may take: at least one batch, of which nobody knows yet how large it is. */
function roomFor(found: Found, isolation: Isolation, maxBytes: number): { wanted: number; least: number } {
  let bytes = 0;
  let least = 0;
  for (const { wanted, partition } of found) {
    if (partition === undefined) continue;
    if (wanted.fetchOffset >= partition.endOffset(isolationFor(partition, isolation))) continue;
    bytes += Math.max(0, wanted.partitionMaxBytes);
    least = Math.max(least, partition.config.maxMessageBytes);
  }
  return { wanted: Math.max(least, Math.min(maxBytes, bytes)), least };
}

type Found = readonly { readonly wanted: FetchPartition; readonly partition: Partition | undefined }[];

/** Enough bytes, or something to say at once: an error, nothing asked. */
function isReady(found: Found, isolation: Isolation, minBytes: number): boolean {
  if (found.length === 0) return true;
  let bytes = 0;
  for (const { wanted, partition } of found) {
    if (partition === undefined || isRefused(partition, wanted)) return true;
    const seen = isolationFor(partition, isolation);
    bytes += readableBytes(partition, wanted.fetchOffset, seen, minBytes - bytes);
    if (bytes >= minBytes) return true;
  }
  return false;
}

function isRefused(partition: Partition, wanted: FetchPartition): boolean {
  const { fetchOffset, currentLeaderEpoch } = wanted;
  return (
    partition.deleted ||
    fetchOffset < partition.logStartOffset ||
    fetchOffset > partition.logEndOffset ||
    (currentLeaderEpoch >= 0 && currentLeaderEpoch !== partition.leaderEpoch) ||
    divergence(partition, wanted) !== undefined
  );
}

/** In this turn as long as everything lies in memory. */
function readAll(
  found: Found,
  isolation: Isolation,
  maxBytes: number,
  usesIds: boolean,
): Read[] | Promise<Read[]> {
  const views = found.map(({ partition }) => viewOf(partition, isolation)); // in one turn
  const reads: Read[] = [];
  let left = maxBytes;
  let isFirst = true;
  const next = () => {
    const { wanted } = found[reads.length]!;
    const budget = Math.min(left, wanted.partitionMaxBytes);
    return readOne(wanted, views[reads.length], isolation, budget, isFirst, usesIds);
  };
  const take = (result: Read) => {
    if (result.bytes > 0) isFirst = false;
    left = Math.max(0, left - result.bytes);
    reads.push(result);
  };
  const readOn = async (pending: Promise<Read>) => {
    take(await pending);
    while (reads.length < found.length) take(await next());
    return reads;
  };
  while (reads.length < found.length) {
    const result = next();
    if (result instanceof Promise) return readOn(result);
    take(result);
  }
  return reads;
}

function viewOf(partition: Partition | undefined, asked: Isolation): View | undefined {
  if (partition === undefined) return undefined;
  const isolation = isolationFor(partition, asked);
  const lastStableOffset = partition.endOffset(isolation === 'committed_only' ? isolation : 'read_committed');
  // A client that knows nothing of transactions takes the high watermark for the end: it shall be one that it can reach.
  const isHidden = isolation === 'committed_only' && asked === 'read_uncommitted';
  const highWatermark = isHidden ? lastStableOffset : partition.highWatermark;
  return { partition, isolation, highWatermark, lastStableOffset };
}

function readOne(
  wanted: FetchPartition,
  view: View | undefined,
  asked: Isolation,
  budget: number,
  isFirst: boolean,
  usesIds: boolean,
): Read | Promise<Read> {
  const nothing: Read = {
    wanted,
    view,
    records: NO_RECORDS,
    aborted: view === undefined || asked === 'read_committed' ? NO_ABORTED : null,
    bytes: 0,
    error: undefined,
    diverging: undefined,
  };
  const refused = (error: unknown): Read => {
    errorCode(error);
    return { ...nothing, aborted: view === undefined ? NO_ABORTED : null, error: error as KafkaError };
  };
  try {
    if (view === undefined) throw new KafkaError(usesIds ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION');
    checkEpoch(view.partition, wanted.currentLeaderEpoch);
    const diverging = divergence(view.partition, wanted);
    if (diverging !== undefined && diverging.endOffset < 0)
      throw new KafkaError('OFFSET_OUT_OF_RANGE', `epoch ${wanted.lastFetchedEpoch} never was here`);
    if (diverging !== undefined) return { ...nothing, diverging };
    const content = readView(view, wanted.fetchOffset, isFirst ? Math.max(budget, 1) : budget);
    const most = isFirst ? Number.POSITIVE_INFINITY : budget;
    return content instanceof Promise
      ? content.then((later) => withContent(nothing, later, most)).catch(refused)
      : withContent(nothing, content, most);
  } catch (error) {
    return refused(error);
  }
}

/** Only the first partition with data may exceed its budget; a later one waits for its turn. */
function withContent(nothing: Read, { records, aborted }: Content, most: number): Read {
  if (records.length === 0) return nothing;
  let bytes = 0;
  for (const part of records) bytes += part.length;
  if (bytes <= most) return { ...nothing, records, bytes, aborted: aborted ?? nothing.aborted };
  nothing.view!.partition.tail.doneWith(records);
  return nothing;
}

interface Content {
  readonly records: readonly Buffer[];
  /** Absent: the reader need not know of any. */
  readonly aborted?: readonly Aborted[];
}

function readView(
  { partition, isolation, ...view }: View,
  offset: number,
  maxBytes: number,
): Content | Promise<Content> {
  const { highWatermark, lastStableOffset } = view;
  if (isolation === 'read_committed')
    return readWithAborted(partition, offset, maxBytes, isolation, lastStableOffset);
  const records =
    isolation === 'committed_only'
      ? readCommitted(partition, offset, maxBytes, lastStableOffset)
      : read(partition, offset, maxBytes, isolation, highWatermark);
  return records instanceof Promise ? records.then((later) => ({ records: later })) : { records };
}

function answerOf(plan: FetchPlan, reads: readonly Read[], context: RequestContext) {
  const topics = new Map<
    string,
    { topic: string; topicId: string; partitions: ReturnType<typeof partitionAnswer>[] }
  >();
  for (const one of reads) {
    const answer = partitionAnswer(one, context.version);
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

function partitionAnswer({ wanted, view, records, aborted, error, diverging }: Read, version: number) {
  const known = error === undefined ? view! : undefined;
  return {
    partitionIndex: wanted.partition,
    errorCode: error === undefined ? 0 : codeFor(error, version),
    highWatermark: known?.highWatermark ?? -1,
    lastStableOffset: known?.lastStableOffset ?? -1,
    logStartOffset: known?.partition.logStartOffset ?? -1,
    abortedTransactions: aborted,
    divergingEpoch: diverging,
    preferredReadReplica: -1,
    records,
  };
}

function codeFor(error: KafkaError, version: number): number {
  if (error.errorName === 'KAFKA_STORAGE_ERROR' && version < STORAGE_ERROR_SINCE)
    return new KafkaError('NOT_LEADER_OR_FOLLOWER').code;
  return error.code;
}
