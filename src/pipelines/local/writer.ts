/**
 * LocalWriter: one transactional id, inside the broker. Output, changelog and offsets of a commit are one frame of the journal:
 * no transaction is open at any time, nothing is ever aborted, and no marker is written.
 *
 *   room in the journal? -> (one turn: owner? -> frame -> the group stands there) -> durable
 *
 * The owner is who holds the newest epoch of the id, as everywhere in Kafka: so a runner on the other side of a socket
 * fences this one, and this one it (L2, L3). The group's generation is not asked: who owns a task is decided by its writer.
 *
 * What one frame cannot hold, or a topic wants to look at first, is an ordinary transaction (transaction.ts).
 */
import { assert } from '../../base/index.ts';
import type { ReaderPosition } from '../../coordinator/index.ts';
import { appendTogether } from '../../partition/index.ts';
import { errorNameOf, KafkaError } from '../../protocol/index.ts';
import { CONSUMER_OFFSETS } from '../../cluster/index.ts';
import type { Transaction, Writer } from '../log-client.ts';
import { refusedOutput } from '../refused-output.ts';
import { type LocalLog, partitionOf } from './local-log.ts';
import { LocalMembership } from './membership.ts';
import { encoded, type OutputBatch, outputBatches } from './outputs.ts';
import { commitInTransaction, type Producer } from './transaction.ts';

/** A transaction that this process left open is aborted then, if nobody fences it before. */
const TRANSACTION_MS = 60_000;
const RETRY_MS = 20;
/** What is being done for the id at the moment, or is not there yet: it is worth asking again. */
const PASSING = new Set([
  'CONCURRENT_TRANSACTIONS',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
]);

export class LocalWriter implements Writer {
  readonly #log: LocalLog;
  readonly #transactionalId: string;
  #producer: Producer;

  private constructor(log: LocalLog, transactionalId: string, producer: Producer) {
    this.#log = log;
    this.#transactionalId = transactionalId;
    this.#producer = producer;
  }

  /** Fences the earlier owner, and ends its transaction, if it had one. */
  static async open(log: LocalLog, transactionalId: string): Promise<LocalWriter> {
    const question = {
      transactionalId,
      timeoutMs: Math.min(TRANSACTION_MS, log.configs.broker['transaction.max.timeout.ms']),
      producerId: -1,
      producerEpoch: -1,
      enable2Pc: false,
      keepPreparedTxn: false,
    };
    for (;;) {
      const { errorCode, producerId, producerEpoch } = await log.transactions.initProducerId(question);
      if (errorCode === 0) return new LocalWriter(log, transactionalId, { producerId, producerEpoch });
      const name = errorNameOf(errorCode);
      if (!PASSING.has(name)) throw new KafkaError(name, `the transactional id ${transactionalId}`);
      await log.clock.sleep(RETRY_MS);
    }
  }

  async commit({ outputs, membership, positions }: Transaction): Promise<void> {
    assert(membership instanceof LocalMembership, 'a membership of another log');
    const { partitions } = this.#log;
    const batches = outputBatches(this.#log, outputs);
    const records = batches.map((batch) => encoded(batch));
    const bytes = records.reduce((sum, one) => sum + one.length, 0);
    const isSmall = partitions.journal.fitsOneFrame(bytes, records.length);
    for (let ready = this.#room(isSmall, bytes); ready !== undefined; ready = this.#room(isSmall, bytes))
      await ready;
    // From here to the place in the journal there is no await.
    this.#requireOwner();
    const places = positions.map((one) => ({
      ...one,
      topicId: partitionOf(this.#log, one.topic, one.partition).topicId,
    }));
    const mayNotWait = batches.every(
      ({ partition }) => !partition.isChecked && partition.config.dedupe === undefined,
    );
    const durable =
      isSmall && mayNotWait ? this.#appendTogether(membership.group, batches, records, places) : undefined;
    if (durable !== undefined) return durable;
    this.#producer = await commitInTransaction(this.#log, {
      transactionalId: this.#transactionalId,
      producer: this.#producer,
      group: membership.group,
      batches,
      positions: places,
    });
  }

  /** Undefined: there is room in journal and memory. What no frame can hold waits for room batch by batch. */
  #room(isSmall: boolean, bytes: number): Promise<void> | undefined {
    return isSmall ? this.#log.partitions.whenReady(bytes) : undefined;
  }

  /** Resolves when it is durable. Undefined: with the offsets it is too much for a frame, nothing was appended. */
  #appendTogether(
    group: string,
    batches: readonly OutputBatch[],
    records: readonly Buffer[],
    places: readonly ReaderPosition[],
  ): Promise<void> | undefined {
    const { clock, groups, partitions } = this.#log;
    const offsets = places.length === 0 ? undefined : groups.offsetsBatch(group, places);
    const own =
      offsets === undefined
        ? []
        : [{ ...partitionOf(this.#log, CONSUMER_OFFSETS, offsets.partitionIndex), bytes: offsets.bytes }];
    const outputs = batches.map(({ partition }, n) => ({ partition, records: records[n]! }));
    const frame = told(batches, () => appendTogether(partitions, outputs, own, clock.now()));
    if (frame === undefined) return undefined;
    offsets?.placed(frame.durable);
    return frame.durable;
  }

  close(): Promise<void> {
    return Promise.resolve(); // nothing hangs on it: a successor fences this one
  }

  /** L3. Throws PRODUCER_FENCED, or INVALID_PRODUCER_ID_MAPPING where nobody used the id for long. */
  #requireOwner(): void {
    const { transactions } = this.#log;
    const question = { transactionalId: this.#transactionalId, ...this.#producer, partitions: [] };
    const { errorCode } = transactions.verifyNow({ ...question, clientVersion: 2 });
    if (errorCode !== 0)
      throw new KafkaError(errorNameOf(errorCode), `another owner has ${this.#transactionalId}`);
  }
}

/** A refusal names the topics that it may be about. */
function told<T>(batches: readonly OutputBatch[], act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    const topics = [...new Set(batches.map(({ topic }) => topic))].join(', ');
    throw refusedOutput([error.errorName], topics, error.message) ?? error;
  }
}
