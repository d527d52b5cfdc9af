/**
 * PublishedDefinitions: texts by id (`order@1`), read from their topic when one is asked for: canonical definitions (`__canonical`) or JSON
 * Schemas (`__schema`).
 *
 * A version never changes (the first record of a key counts), so what was read once stays. What was not found is looked for
 * again behind the place that was read up to; nothing is read before somebody asks.
 */
import type { ClusterImage } from '../cluster/index.ts';
import { type Partitions, readCommitted } from '../partition/index.ts';
import { decodeRecords, forEachBatch } from '../protocol/index.ts';

const READ_BYTES = 1024 * 1024;
const OPENED_BYTES_MAX = 64 * 1024 * 1024;
/** What is kept of the topic; definitions behind it are not found, and the message says so by their absence. */
const KEPT_CHARACTERS_MAX = 32 * 1024 * 1024;

export class PublishedDefinitions {
  readonly #topic: string;
  readonly #image: ClusterImage;
  readonly #partitions: Partitions;
  readonly #texts = new Map<string, string>();
  #characters = 0;
  /** Of which topic that is, and how far each partition was read. */
  #topicId = '';
  #readTo: number[] = [];
  #reading: Promise<void> | undefined;

  constructor(topic: string, image: ClusterImage, partitions: Partitions) {
    this.#topic = topic;
    this.#image = image;
    this.#partitions = partitions;
  }

  /** Undefined: it is not published. */
  async find(id: string): Promise<string | undefined> {
    const known = this.#texts.get(id);
    if (known !== undefined) return known;
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
    return this.#texts.get(id);
  }

  async #readOn(): Promise<void> {
    const topic = this.#image.find(this.#topic);
    if (topic === undefined) return;
    if (topic.id !== this.#topicId) this.#readTo = [];
    this.#topicId = topic.id;
    for (let index = 0; index < topic.partitionCount; index++) await this.#readPartition(topic.id, index);
  }

  async #readPartition(topicId: string, index: number): Promise<void> {
    const partition = this.#partitions.find(topicId, index);
    if (partition === undefined) return;
    const end = partition.endOffset('committed_only');
    let offset = Math.max(this.#readTo[index] ?? 0, partition.logStartOffset);
    while (offset < end) {
      const parts = await readCommitted(partition, offset, READ_BYTES, end);
      if (parts.length === 0) break;
      for (const bytes of parts)
        forEachBatch(bytes, (batch) => {
          offset = batch.lastOffset + 1;
          if (batch.isControl) return;
          for (const { key, value } of decodeRecords(batch, OPENED_BYTES_MAX)) this.#keep(key, value);
        });
    }
    this.#readTo[index] = end;
  }

  #keep(key: Buffer | null, value: Buffer | null): void {
    const id = key?.toString();
    if (id === undefined || value === null || this.#texts.has(id)) return;
    if (this.#characters + value.length > KEPT_CHARACTERS_MAX) return;
    this.#characters += value.length;
    this.#texts.set(id, value.toString());
  }
}
