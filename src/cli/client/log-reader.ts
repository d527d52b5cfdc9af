/**
 * LogReader: reads partitions of one topic from given offsets, for ever, without a group: the caller keeps the positions.
 *
 * One fetch is in flight for each broker that leads some of the partitions. Only committed records come out.
 */
import { committedBatches } from '../../base/index.ts';
import { apiErrorOf, isNetworkError } from './explain.ts';
import type { BytesConsumer } from './session.ts';

export interface ReadRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[];
}

/** A step of one partition; `next` moves also where nothing visible lay. */
export interface Step {
  readonly partition: number;
  readonly records: readonly ReadRecord[];
  readonly next: bigint;
  readonly leaderEpoch: number;
}

type FetchResponse = Awaited<ReturnType<BytesConsumer['fetch']>>;
type PartitionAnswer = FetchResponse['responses'][number]['partitions'][number];
type Batch = NonNullable<PartitionAnswer['records']>[number];

const READ_COMMITTED = 1;
const WAIT_MS = 1000;
const PARTITION_BYTES = 1024 * 1024;
const FETCH_BYTES = 16 * 1024 * 1024;
const RETRY_MS = 500;

const LOG_APPEND_TIME = 0x08;
/** A leader moves or starts: worth another try. */
const PASSING = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
]);

export class LogReader {
  /** Partition -> the offset that is read next. */
  readonly positions: Map<number, bigint>;
  readonly #consumer: BytesConsumer;
  readonly #topic: string;
  /** Told once when the connection is lost, and once when it is back. */
  onConnection: (isThere: boolean) => void = () => {};
  #isLost = false;
  #isStopped = false;

  constructor(consumer: BytesConsumer, topic: string, positions: ReadonlyMap<number, bigint>) {
    this.#consumer = consumer;
    this.#topic = topic;
    this.positions = new Map(positions);
    if (!consumer.topics.has(topic)) consumer.topics.track(topic);
  }

  /** The generator ends at its next step. */
  stop(): void {
    this.#isStopped = true;
  }

  async *steps(): AsyncGenerator<Step> {
    const pending = new Map<number, Promise<{ node: number; response: FetchResponse | undefined }>>();
    while (!this.#isStopped) {
      for (const [node, topics] of await this.#requests())
        if (!pending.has(node))
          pending.set(
            node,
            this.#fetch(node, topics).then((response) => ({ node, response })),
          );
      if (pending.size === 0) {
        await pause(RETRY_MS); // nothing is ours, or nobody leads it at the moment
        continue;
      }
      const { node, response } = await Promise.race(pending.values());
      pending.delete(node);
      for (const answer of response?.responses.flatMap(({ partitions }) => partitions) ?? []) {
        const position = this.positions.get(answer.partitionIndex);
        if (position === undefined || this.#isStopped) continue;
        const step = stepOf(answer, position);
        if (step === undefined) continue;
        this.positions.set(step.partition, step.next);
        yield step;
      }
    }
  }

  /** Partitions by the broker that leads them. */
  async #requests() {
    const { topics } = await this.#patiently(() => this.#consumer.metadata({ topics: [this.#topic] }));
    const { id, partitions } = topics.get(this.#topic)!;
    const byNode = new Map<number, Parameters<BytesConsumer['fetch']>[0]['topics']>();
    for (const [partition, fetchOffset] of this.positions) {
      const leader = partitions[partition]?.leader ?? -1;
      if (leader < 0) continue;
      const wanted = byNode.get(leader) ?? [{ topicId: id, partitions: [] }];
      byNode.set(leader, wanted);
      const place = { partition, fetchOffset, partitionMaxBytes: PARTITION_BYTES };
      wanted[0]!.partitions.push({ ...place, currentLeaderEpoch: -1, lastFetchedEpoch: -1 });
    }
    return byNode;
  }

  #fetch(
    node: number,
    topics: Parameters<BytesConsumer['fetch']>[0]['topics'],
  ): Promise<FetchResponse | undefined> {
    const options = {
      node,
      topics,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      maxWaitTime: WAIT_MS,
      isolationLevel: READ_COMMITTED,
    };
    return this.#patiently(() => this.#consumer.fetch(options)).catch(async (error: unknown) => {
      if (!PASSING.has(apiErrorOf(error) ?? '')) throw error;
      this.#consumer.clearMetadata();
      await pause(RETRY_MS);
      return undefined;
    });
  }

  /** While a broker is away, tries again. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const answer = await ask();
        if (this.#isLost) this.onConnection(true);
        this.#isLost = false;
        return answer;
      } catch (error) {
        if (!isNetworkError(error) || this.#isStopped) throw error;
        if (!this.#isLost) this.onConnection(false);
        this.#isLost = true;
        this.#consumer.clearMetadata();
        await pause(RETRY_MS);
      }
    }
  }
}

/** What one partition's answer holds from `position` on. Undefined: nothing new. */
export function stepOf(answer: PartitionAnswer, position: bigint): Step | undefined {
  const batches = answer.records ?? [];
  const last = batches.at(-1);
  const next = last === undefined ? position : last.firstOffset + BigInt(last.lastOffsetDelta) + 1n;
  if (last === undefined || next <= position) return undefined;
  const { partitionIndex: partition, abortedTransactions } = answer;
  const records: ReadRecord[] = [];
  for (const batch of committedBatches(batches, abortedTransactions ?? []))
    records.push(...recordsOf(batch, partition, position));
  return { partition, records, next, leaderEpoch: last.partitionLeaderEpoch };
}

/** A batch begins at or before the offset that was asked for. */
function recordsOf(batch: Batch, partition: number, position: bigint): ReadRecord[] {
  const isAppendTime = (batch.attributes & LOG_APPEND_TIME) !== 0;
  return batch.records
    .map(({ key, value, headers, offsetDelta, timestampDelta }) => ({
      partition,
      offset: batch.firstOffset + BigInt(offsetDelta),
      timestamp: isAppendTime ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta,
      key,
      value,
      headers,
    }))
    .filter(({ offset }) => offset >= position);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
