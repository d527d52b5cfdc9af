/**
 * Controller: changes the cluster's metadata, one decision at a time: decide -> append -> replay -> durable -> answer.
 *
 *   decide (pure, against the image) -> records -> __cluster_metadata -> image.replay -> onChange -> durable -> answer
 *
 * Invariants
 *   L1  the image changes only by replaying a record that has its place in the log
 *   L2  nobody is answered before the records of the answer are durable; readers wait with `settled`
 *   L3  the log stays bounded: once it has grown past SHORTEN_ABOVE records and four times what the image takes, the image is
 *       written down as records behind the others, durably, and the log begins there (`shorten`). What the image takes is counted
 *       only when the log has four times of what it took the last time: to count it is as much work as there are partitions
 */
import type { Clock } from '../env/index.ts';
import type { Frame } from '../journal/index.ts';
import type { Partition, read as readPartition } from '../partition/index.ts';
import { decodeRecords, encodeBatch, forEachBatch, KafkaError } from '../protocol/index.ts';
import { ClusterImage, type Topic } from './image.ts';
import { imageRecords } from './image-records.ts';
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from './records.ts';

/** The fixed id of the metadata log, the same as Kafka's. */
export const METADATA_TOPIC_ID = '00000000000000000000000000000001';
/** Producer ids are handed out in blocks, so that one record serves many producers. */
const PRODUCER_ID_BLOCK = 1000;
/** Fewer records than this are never worth writing the image down. */
const SHORTEN_ABOVE = 10_000;
const SHORTEN_FACTOR = 4;
/** Records in one batch of the image. */
const IMAGE_BATCH = 500;
/** Bytes of one read while the log is replayed at start-up. */
const LOAD_BYTES = 1024 * 1024;
const OPENED_BYTES_MAX = 64 * 1024 * 1024;

type ReadLog = typeof readPartition;

export class Controller {
  readonly image = new ClusterImage();
  readonly #clock: Clock;
  #log!: Partition;
  #lastFrame: Frame | undefined;
  #producerIds = { next: 0, end: 0 };
  /** Told of every record in the turn in which the image took it; `removed` is the topic that it took away. */
  onChange: (record: MetadataRecord, removed: Topic | undefined) => void = () => {};

  /** Told when the log has grown so much that `shorten` is worth it. */
  onGrown: () => void = () => {};
  readonly #shortenAbove: number;
  /** Records that the log may have before it is looked whether it shall be shortened. */
  #longAbove: number;
  #shortening: Promise<void> | undefined;

  constructor(clock: Clock, shortenAbove = SHORTEN_ABOVE) {
    this.#clock = clock;
    this.#shortenAbove = shortenAbove;
    this.#longAbove = shortenAbove;
  }

  /** Replays the whole metadata log, and appends to it from now on. */
  async load(log: Partition, read: ReadLog): Promise<void> {
    this.#log = log;
    for (let offset = log.logStartOffset; offset < log.highWatermark; )
      for (const bytes of await read(log, offset, LOAD_BYTES, 'read_uncommitted'))
        forEachBatch(bytes, (batch) => {
          for (const record of decodeRecords(batch, OPENED_BYTES_MAX))
            this.image.replay(decodeMetadataRecord(record.value!));
          offset = batch.lastOffset + 1;
        });
    this.#producerIds = { next: this.image.nextProducerId, end: this.image.nextProducerId };
  }

  /**
   * Appends and replays; await `settled` before telling anyone. The decision must have been made in the same turn.
   * Throws KAFKA_STORAGE_ERROR when the journal has no room: then nothing has happened.
   */
  apply(records: readonly MetadataRecord[]): void {
    if (records.length === 0) return;
    const now = this.#clock.now();
    this.#append(records, now);
    for (const record of records) {
      const removed = record.kind === 'remove-topic' ? this.image.findById(record.topicId) : undefined;
      this.image.replay(record); // L1
      this.onChange(record, removed);
    }
    if (this.#isLong && this.#shortening === undefined) this.onGrown();
  }

  #append(records: readonly MetadataRecord[], now: number): void {
    const values = records.map((record) => ({
      key: null,
      value: encodeMetadataRecord(record),
      headers: [],
      timestamp: now,
    }));
    this.#lastFrame = this.#log.appendOwn(encodeBatch({ records: values }), now).frame;
  }

  get #isLong(): boolean {
    return this.#log.logEndOffset - this.#log.logStartOffset > this.#longAbove;
  }

  /**
   * Writes the image down and lets the log begin there, if that makes it much shorter. All of it is appended in one turn, so
   * nothing lies between; until it is durable the records before it count as well, and both say the same (M3 of the image).
   */
  shorten(
    leader: number,
    deleteRecords: (log: Partition, offset: number) => Promise<unknown>,
  ): Promise<void> {
    this.#shortening ??= this.#shorten(leader, deleteRecords).finally(() => {
      this.#shortening = undefined;
    });
    return this.#shortening;
  }

  async #shorten(leader: number, deleteRecords: (log: Partition, offset: number) => Promise<unknown>) {
    if (!this.#isLong) return;
    const records = [...imageRecords(this.image, leader)];
    const { logEndOffset } = this.#log;
    this.#longAbove = Math.max(this.#shortenAbove, records.length * SHORTEN_FACTOR);
    if (!this.#isLong) return;
    const now = this.#clock.now();
    for (let from = 0; from < records.length; from += IMAGE_BATCH)
      this.#append(records.slice(from, from + IMAGE_BATCH), now);
    await this.settled();
    await deleteRecords(this.#log, logEndOffset);
  }

  /** Applies, and resolves when that is durable. */
  async commit(records: readonly MetadataRecord[]): Promise<void> {
    this.apply(records);
    await this.settled(); // L2
  }

  /** Resolves when everything that the image says is durable. Undefined: it is. */
  settled(): Promise<void> | undefined {
    return this.#log.pendingFrame === undefined ? undefined : this.#lastFrame?.durable;
  }

  /** A producer id that nobody ever had. */
  async allocateProducerId(): Promise<number> {
    if (this.#producerIds.next === this.#producerIds.end) {
      const next = this.image.nextProducerId;
      if (next > Number.MAX_SAFE_INTEGER - PRODUCER_ID_BLOCK)
        throw new KafkaError('UNKNOWN_SERVER_ERROR', 'producer ids are used up');
      const end = next + PRODUCER_ID_BLOCK;
      this.apply([{ kind: 'producer-ids', nextProducerId: end }]); // throws before any id of the block is given
      this.#producerIds = { next: next + 1, end };
      await this.settled();
      return next;
    }
    const producerId = this.#producerIds.next++;
    await this.settled(); // the block may still be on its way to the disk
    return producerId;
  }
}
