/** TransactionSession: a transactional producer over the wire, in both generations of the protocol. */
import {
  addOffsetsToTxnApi,
  addPartitionsToTxnApi,
  decodeRecords,
  encodeBatch,
  endTxnApi,
  errorNameOf,
  fetchApi,
  findCoordinatorApi,
  forEachBatch,
  initProducerIdApi,
  listOffsetsApi,
  offsetFetchApi,
  produceApi,
  txnOffsetCommitApi,
} from '../../src/protocol/index.ts';
import { WireClient } from './wire-client.ts';
import type { EmbeddedBroker } from '../../src/embed/index.ts';

export const ID = 'copier';
const GROUP = 'readers';
interface Producer {
  producerId: number;
  producerEpoch: number;
}
/** The two generations: clients before KIP-890, and since. */
const GENERATIONS = {
  old: { produce: 9, add: 0, addOffsets: 0, commitOffsets: 2, end: 0, init: 1 },
  new: { produce: 12, add: undefined, addOffsets: undefined, commitOffsets: 5, end: 5, init: 5 },
} as const;

/** A transactional producer of one generation, and a reader beside it. */
export class Session {
  readonly broker: EmbeddedBroker;
  #client: WireClient | undefined;
  readonly generation: (typeof GENERATIONS)[keyof typeof GENERATIONS];
  #sequences = new Map<string, number>();
  producer: Producer = { producerId: -1, producerEpoch: -1 };

  constructor(broker: EmbeddedBroker, generation: keyof typeof GENERATIONS) {
    this.broker = broker;
    this.generation = GENERATIONS[generation];
  }

  async client(): Promise<WireClient> {
    return (this.#client ??= await WireClient.connect(this.broker.port));
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  async init(version: number = this.generation.init): Promise<string> {
    const answer = await (await this.client()).send(initProducerIdApi, version, {
      transactionalId: ID,
      transactionTimeoutMs: 60_000,
    });
    if (answer.errorCode === 0) this.#becomes(answer);
    return errorNameOf(answer.errorCode);
  }

  #becomes({ producerId, producerEpoch }: Producer): void {
    this.producer = { producerId, producerEpoch };
    this.#sequences.clear();
  }

  async send(topic: string, index: number, text: string): Promise<string> {
    const { produce, add } = this.generation;
    if (add !== undefined) {
      const refused = await this.add(topic, index);
      if (refused !== 'NONE') return refused;
    }
    return (await this.produce(topic, index, text, produce)).error;
  }

  async add(topic: string, index: number, version = 0): Promise<string> {
    const answer = await (await this.client()).send(addPartitionsToTxnApi, version, {
      v3AndBelowTransactionalId: ID,
      v3AndBelowProducerId: this.producer.producerId,
      v3AndBelowProducerEpoch: this.producer.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [index] }],
    });
    return errorNameOf(answer.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode);
  }

  async produce(
    topic: string,
    index: number,
    text: string,
    version: number,
    transactionalId: string | null = ID,
  ) {
    const place = `${topic}-${index}`;
    const baseSequence = this.#sequences.get(place) ?? 0;
    const records = [{ key: null, value: Buffer.from(text), headers: [], timestamp: 1 }];
    const batch = encodeBatch({ records, ...this.producer, baseSequence, isTransactional: true });
    const answer = await (await this.client()).send(produceApi, version, {
      transactionalId,
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: topic, partitionData: [{ index, records: batch }] }],
    });
    const { errorCode, baseOffset } = answer.responses[0]!.partitionResponses[0]!;
    if (errorCode === 0) this.#sequences.set(place, baseSequence + 1);
    return { error: errorNameOf(errorCode), baseOffset };
  }

  async commitOffset(topic: string, committedOffset: number): Promise<string> {
    const { addOffsets, commitOffsets } = this.generation;
    const client = await this.client();
    await client.send(findCoordinatorApi, 4, { keyType: 0, coordinatorKeys: [GROUP] });
    if (addOffsets !== undefined) {
      const added = await client.send(addOffsetsToTxnApi, addOffsets, {
        transactionalId: ID,
        ...this.producer,
        groupId: GROUP,
      });
      if (added.errorCode !== 0) return errorNameOf(added.errorCode);
    }
    const answer = await client.send(txnOffsetCommitApi, commitOffsets, {
      transactionalId: ID,
      ...this.producer,
      groupId: GROUP,
      topics: [
        { name: topic, partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: null }] },
      ],
    });
    return errorNameOf(answer.topics[0]!.partitions[0]!.errorCode);
  }

  async end(committed: boolean, version: number = this.generation.end): Promise<string> {
    const request = { transactionalId: ID, ...this.producer, committed };
    const answer = await (await this.client()).send(endTxnApi, version, request);
    if (answer.errorCode === 0 && version >= 5) this.#becomes(answer);
    return errorNameOf(answer.errorCode);
  }

  async offset(topic: string, requireStable = false): Promise<string | number> {
    const client = await this.client();
    await client.send(findCoordinatorApi, 4, { keyType: 0, coordinatorKeys: [GROUP] });
    const answer = await client.send(offsetFetchApi, 7, {
      groupId: GROUP,
      topics: [{ name: topic, partitionIndexes: [0] }],
      requireStable,
    });
    const { errorCode, committedOffset } = answer.topics[0]!.partitions[0]!;
    return errorCode === 0 ? committedOffset : errorNameOf(errorCode);
  }

  /** What a Fetch brings: as the client asks for it, without its own filter. */
  async fetch(topic: string, isolationLevel: 0 | 1, fetchOffset = 0) {
    const answer = await (await this.client()).send(fetchApi, 11, {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1_000_000,
      isolationLevel,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000 }] }],
    });
    const { records, abortedTransactions, highWatermark, lastStableOffset } =
      answer.responses[0]!.partitions[0]!;
    const seen: string[] = [];
    forEachBatch(records ?? Buffer.alloc(0), (batch) => {
      for (const { value } of decodeRecords(batch, 1000))
        seen.push(batch.isControl ? 'marker' : String(value));
    });
    return { seen, abortedTransactions, highWatermark, lastStableOffset };
  }

  async latest(topic: string, isolationLevel: 0 | 1): Promise<number> {
    const answer = await (await this.client()).send(listOffsetsApi, 7, {
      isolationLevel,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1 }] }],
    });
    return answer.topics[0]!.partitions[0]!.offset;
  }

  async restart(): Promise<void> {
    this.close();
    await this.broker.kill();
    await this.broker.restart();
  }
}

export async function committed(broker: EmbeddedBroker, topic: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const record of broker.read(topic, { from: 'start', until: 'end' })) texts.push(record.text());
  return texts;
}
