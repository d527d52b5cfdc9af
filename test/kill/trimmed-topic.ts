/**
 * TrimmedTopic: a topic of one partition whose oldest record is deleted again and again, while nobody writes to it: the next
 * checkpoint then replaces the snapshot of its producer. Checked: its log start never moves back (K6), the rest is there.
 */
import {
  deleteRecordsApi,
  encodeBatch,
  initProducerIdApi,
  listOffsetsApi,
  produceApi,
} from '../../src/protocol/index.ts';
import { WireClient } from '../wire/wire-client.ts';
import { createTopic } from './account.ts';

const NAME = 'trimmed';
const RECORDS = 1_000;
const EARLIEST = -2;
const LATEST = -1;

export class TrimmedTopic {
  readonly #port: number;
  /** The highest log start that was acknowledged, and the highest that was asked for. */
  #acknowledged = 0;
  #asked = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Its records are one batch of an idempotent producer. */
  async create(): Promise<void> {
    await createTopic(this.#port, NAME, 1);
    await this.#with(async (client) => {
      const { producerId } = await client.send(initProducerIdApi, 4, {
        transactionalId: null,
        transactionTimeoutMs: 60_000,
      });
      const record = { key: null, value: Buffer.from('to be trimmed'), headers: [], timestamp: Date.now() };
      const records = Array.from({ length: RECORDS }, () => record);
      const bytes = encodeBatch({ records, producerId, producerEpoch: 0, baseSequence: 0 });
      const topicData = [{ name: NAME, partitionData: [{ index: 0, records: bytes }] }];
      const answer = await client.send(produceApi, 9, { acks: -1, timeoutMs: 10_000, topicData });
      const { errorCode } = answer.responses[0]!.partitionResponses[0]!;
      if (errorCode !== 0) throw new Error(`produce to ${NAME}: error ${errorCode}`);
    });
  }

  /** Deletes one record. Rejects when the broker is gone. */
  trim(): Promise<void> {
    return this.#with(async (client) => {
      const offset = Math.min(this.#asked + 1, RECORDS - 1);
      this.#asked = offset;
      const answer = await client.send(deleteRecordsApi, 2, {
        topics: [{ name: NAME, partitions: [{ partitionIndex: 0, offset }] }],
        timeoutMs: 10_000,
      });
      if (answer.topics[0]!.partitions[0]!.errorCode === 0) this.#acknowledged = offset;
    });
  }

  /** What is wrong, one sentence each. */
  check(): Promise<string[]> {
    return this.#with(async (client) => {
      const [start, end] = [await offsetOf(client, EARLIEST), await offsetOf(client, LATEST)];
      const problems: string[] = [];
      if (start < this.#acknowledged || start > this.#asked)
        problems.push(`${NAME}: log start ${start}, ${this.#acknowledged} was acknowledged`);
      if (end !== RECORDS) problems.push(`${NAME}: log end ${end} where ${RECORDS} was due`);
      return problems;
    });
  }

  async #with<T>(work: (client: WireClient) => Promise<T>): Promise<T> {
    const client = await WireClient.connect(this.#port);
    try {
      return await work(client);
    } finally {
      client.close();
    }
  }
}

async function offsetOf(client: WireClient, timestamp: number): Promise<number> {
  const topics = [{ name: NAME, partitions: [{ partitionIndex: 0, timestamp }] }];
  const answer = await client.send(listOffsetsApi, 4, { replicaId: -1, isolationLevel: 0, topics });
  return answer.topics[0]!.partitions[0]!.offset;
}
