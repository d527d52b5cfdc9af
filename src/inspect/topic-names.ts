/** TopicNames: which topic an id is, as the metadata log of the folder says it. Deleted topics keep their names. */
import { decodeMetadataRecord, METADATA_TOPIC_ID } from '../cluster/index.ts';
import type { Disk } from '../env/index.ts';
import { checkedBatches, isAbsent, type LogState, partitionDirectory, segmentPath } from '../log/index.ts';
import { decodeRecords, RecordBatch } from '../protocol/index.ts';

const OPENED_BYTES_MAX = 64 * 1024 * 1024;

export class TopicNames {
  readonly #names = new Map([[METADATA_TOPIC_ID, '__cluster_metadata']]);

  /** `orders`, or the id where the metadata log does not tell. */
  of(topicId: string): string {
    return this.#names.get(topicId) ?? topicId;
  }

  /** `orders-0` */
  partition(topicId: string, partition: number): string {
    return `${this.of(topicId)}-${partition}`;
  }

  /** A batch of the metadata log whose CRC is right. What it does not tell is not known; it is no reason to stop. */
  learn(batch: Buffer): void {
    for (const { value } of decodeRecords(RecordBatch.at(batch, 0), OPENED_BYTES_MAX)) {
      if (value === null) continue;
      const record = decodeMetadataRecord(value);
      if (record.kind === 'topic') this.#names.set(record.topicId, record.name);
    }
  }

  /** Everything that the segments of the metadata log still tell. */
  async load(disk: Disk, partitions: readonly LogState[]): Promise<void> {
    const state = partitions.find(({ topicId }) => topicId === METADATA_TOPIC_ID);
    for (const segment of state?.segments ?? []) {
      const path = `${segmentPath(partitionDirectory(METADATA_TOPIC_ID, 0), segment)}.log`;
      const file = await disk.open(path).catch((error: unknown) => {
        if (isAbsent(error)) return undefined;
        throw error;
      });
      if (file === undefined) continue;
      try {
        for await (const met of checkedBatches(file, segment))
          if (met.kind === 'batch') this.learn(met.bytes);
      } finally {
        await file.close();
      }
    }
  }

  /** The id is one of the metadata log's own. */
  static isMetadata(topicId: string): boolean {
    return topicId === METADATA_TOPIC_ID;
  }
}
