/**
 * A producer that a kill does not confuse: idempotent, up to five batches in flight, sends again what was not answered.
 *
 * It keeps its own account of what was acknowledged at which offset: the oracle that the log is held against.
 */
import { encodeBatch, initProducerIdApi, produceApi } from '../../src/protocol/index.ts';
import { WireClient } from '../wire/wire-client.ts';

const IN_FLIGHT_MAX = 5;
const PRODUCE_VERSION = 9;
/** Errors after which the same batch is sent again: the broker was busy, gone, or just back. */
const RETRIABLE = new Set([3, 5, 6, 7, 15, 16, 56]);

interface Batch {
  readonly partition: number;
  readonly sequence: number;
  readonly values: readonly string[];
}

export interface Acknowledged {
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

export class KillProofProducer {
  readonly name: string;
  readonly acknowledged: Acknowledged[] = [];
  /** Sent at least once, in order, per partition. */
  readonly sent = new Map<number, string[]>();
  readonly #topic: string;
  readonly #port: number;
  readonly #partitions: readonly number[];
  readonly #isIdempotent: boolean;
  readonly #sequences = new Map<number, number>();
  #producerId = -1;
  #queue: Batch[] = [];
  #count = 0;

  constructor(
    name: string,
    topic: string,
    port: number,
    partitions: readonly number[],
    isIdempotent: boolean,
  ) {
    this.name = name;
    this.#topic = topic;
    this.#port = port;
    this.#partitions = partitions;
    this.#isIdempotent = isIdempotent;
  }

  /** Produces until `isOver`, then sends until everything is answered. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver() || this.#queue.length > 0) {
      const client = await WireClient.connect(this.#port).catch(() => undefined);
      if (client === undefined) {
        await pause(10);
        continue;
      }
      try {
        if (this.#isIdempotent && this.#producerId < 0) await this.#begin(client);
        await this.#pump(client, isOver);
      } catch (error) {
        if (error instanceof Violation) throw error;
        await pause(2); // the connection broke: whatever has no answer is sent again, in order
      } finally {
        client.close();
      }
    }
  }

  async #begin(client: WireClient): Promise<void> {
    const answer = await client.send(initProducerIdApi, 4, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
    });
    if (answer.errorCode !== 0) throw new Error(`InitProducerId: ${answer.errorCode}`);
    this.#producerId = answer.producerId;
  }

  /** Keeps up to five batches in flight on one connection until it breaks. */
  async #pump(client: WireClient, isOver: () => boolean): Promise<void> {
    const flying: Promise<void>[] = [];
    let next = 0;
    let failure: unknown;
    for (;;) {
      if (failure !== undefined) throw failure;
      while (flying.length < IN_FLIGHT_MAX && (next < this.#queue.length || !isOver())) {
        const batch = this.#queue[next] ?? this.#nextBatch();
        next++;
        const flight = this.#send(client, batch).then(
          () => {
            this.#queue.splice(this.#queue.indexOf(batch), 1);
            next--;
            flying.splice(flying.indexOf(flight), 1);
          },
          (error: unknown) => {
            failure ??= error;
          },
        );
        flying.push(flight);
      }
      if (flying.length === 0) return;
      await Promise.race(flying);
    }
  }

  #nextBatch(): Batch {
    const partition = this.#partitions[this.#count % this.#partitions.length]!;
    const count = 1 + (this.#count % 7);
    const values = Array.from({ length: count }, (_, n) => `${this.name}:${this.#count}:${n}`);
    const sequence = this.#sequences.get(partition) ?? 0;
    this.#sequences.set(partition, sequence + count);
    this.#count++;
    const batch = { partition, sequence, values };
    this.#queue.push(batch);
    this.sent.set(partition, [...(this.sent.get(partition) ?? []), ...values]);
    return batch;
  }

  async #send(client: WireClient, batch: Batch): Promise<void> {
    const records = encodeBatch({
      records: batch.values.map((value) => ({
        key: null,
        value: Buffer.from(value),
        headers: [],
        timestamp: Date.now(),
      })),
      ...(this.#isIdempotent
        ? { producerId: this.#producerId, producerEpoch: 0, baseSequence: batch.sequence }
        : {}),
    });
    const answer = await client.send(produceApi, PRODUCE_VERSION, {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: this.#topic, partitionData: [{ index: batch.partition, records }] }],
    });
    const { errorCode, baseOffset, errorMessage } = answer.responses[0]!.partitionResponses[0]!;
    if (RETRIABLE.has(errorCode)) throw new Error(`retriable error ${errorCode}`);
    if (errorCode !== 0)
      throw new Violation(
        `${this.name}: sequence ${batch.sequence} of partition ${batch.partition}: error ${errorCode} ${errorMessage}`,
      );
    for (const [n, value] of batch.values.entries())
      this.acknowledged.push({ partition: batch.partition, offset: baseOffset + n, value });
  }
}

/** A broken promise, not a broken connection. */
export class Violation extends Error {}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
