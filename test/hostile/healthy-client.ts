/** HealthyClient: produces one record and reads it back, again and again, on a connection that it renews when it breaks. */
import { encodeBatch, fetchApi, metadataApi, produceApi } from '../../src/protocol/index.ts';
import { WireClient } from '../wire/wire-client.ts';

const TOPIC = 'healthy';

export class HealthyClient {
  readonly #port: number;
  #client: WireClient | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** Rejects when it takes longer, or when what comes back is not what was sent. */
  async roundTrip(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not served within ${withinMs} ms`)), withinMs);
    });
    try {
      await Promise.race([this.#trip(), late]);
    } catch (error) {
      this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #trip(): Promise<void> {
    this.#client ??= await this.#connect();
    const client = this.#client;
    const value = Buffer.from('healthy');
    const records = encodeBatch({ records: [{ key: null, value, headers: [], timestamp: Date.now() }] });
    const produced = await client.send(produceApi, 9, {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: TOPIC, partitionData: [{ index: 0, records: [records] }] }],
    });
    const { errorCode, baseOffset } = produced.responses[0]!.partitionResponses[0]!;
    if (errorCode !== 0) throw new Error(`produce: error ${errorCode}`);
    const partition = { partition: 0, fetchOffset: baseOffset, partitionMaxBytes: 1_000 };
    const fetched = await client.send(fetchApi, 12, {
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 10_000,
      topics: [{ topic: TOPIC, partitions: [partition] }],
    });
    const bytes = fetched.responses[0]!.partitions[0]!.records as unknown as Buffer;
    if (!bytes.includes(value)) throw new Error('what was produced does not come back');
  }

  async #connect(): Promise<WireClient> {
    const client = await WireClient.connect(this.#port);
    await client.send(metadataApi, 8, { topics: [{ name: TOPIC }], allowAutoTopicCreation: true });
    return client;
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }
}
