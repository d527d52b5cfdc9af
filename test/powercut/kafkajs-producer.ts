/** An idempotent kafkajs producer that keeps its own account: a real client on a machine whose power is cut. */
import { Kafka, logLevel, type Producer } from 'kafkajs';
import type { Acknowledged } from '../kill/producer.ts';

const BATCH_MAX = 5;
/** It must outlive every cut: between two cuts it tries again this often, at most 100 ms apart. */
const RETRIES = 1_000;

export class KafkajsProducer {
  readonly name = 'kafkajs';
  readonly acknowledged: Acknowledged[] = [];
  readonly sent = new Map<number, string[]>();
  readonly #topic: string;
  readonly #partition: number;
  readonly #producer: Producer;
  #count = 0;

  constructor(topic: string, port: number, partition: number) {
    this.#topic = topic;
    this.#partition = partition;
    this.#producer = new Kafka({
      brokers: [`127.0.0.1:${port}`],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 1_000,
      requestTimeout: 3_000,
      retry: { retries: RETRIES, initialRetryTime: 20, maxRetryTime: 100 },
    }).producer({ idempotent: true, maxInFlightRequests: 1 });
  }

  /** Its partition is its own, so every sent record is in the log in the order sent. */
  async run(isOver: () => boolean): Promise<void> {
    await this.#producer.connect();
    while (!isOver()) {
      const values = Array.from(
        { length: 1 + (this.#count % BATCH_MAX) },
        (_, n) => `${this.name}:${this.#count}:${n}`,
      );
      this.#count++;
      this.sent.set(this.#partition, [...(this.sent.get(this.#partition) ?? []), ...values]);
      const messages = values.map((value) => ({ value, partition: this.#partition }));
      const [answer] = await this.#producer.send({ topic: this.#topic, acks: -1, messages });
      for (const [n, value] of values.entries())
        this.acknowledged.push({ partition: this.#partition, offset: Number(answer!.baseOffset) + n, value });
    }
    await this.#producer.disconnect();
  }
}
