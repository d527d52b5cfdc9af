/**
 * FetchSession: what one client fetches, so that it need not say it again each time (KIP-227). Pure.
 *
 *   epoch 0   full request that asks for a session      epoch n >= 1   only what changed      epoch -1   goodbye / none
 *
 * A session remembers per partition what it last told the client; an incremental answer leaves out what has not changed.
 * Whoever got records stands last in the next answer, as in Kafka: with a small budget no partition starves behind others.
 */
import { KafkaError } from '../protocol/index.ts';

export const NO_SESSION = 0;
const EPOCH_INITIAL = 0;
const EPOCH_FINAL = -1;
const EPOCH_MAX = 0x7fffffff;

/** One partition of a fetch request. */
export interface FetchPartition {
  /** Name or id, as the request gave it; `topic` is '' in versions with ids. */
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly currentLeaderEpoch: number;
  readonly lastFetchedEpoch: number;
  readonly fetchOffset: number;
  readonly partitionMaxBytes: number;
}

interface Remembered {
  wanted: FetchPartition;
  highWatermark: number;
  logStartOffset: number;
}

export class FetchSession {
  readonly id: number;
  readonly usesTopicIds: boolean;
  #epoch = 1;
  #partitions = new Map<string, Remembered>();
  /** Ends the wait of the request that is being served. */
  endWait: (() => void) | undefined;

  constructor(id: number, usesTopicIds: boolean) {
    this.id = id;
    this.usesTopicIds = usesTopicIds;
  }

  get size(): number {
    return this.#partitions.size;
  }

  /** Takes an incremental request's changes; throws when it does not fit this session. */
  update(
    epoch: number,
    wanted: readonly FetchPartition[],
    forgotten: readonly string[],
    usesTopicIds: boolean,
  ): void {
    if (epoch !== this.#epoch)
      throw new KafkaError(
        'INVALID_FETCH_SESSION_EPOCH',
        `session ${this.id} is at epoch ${this.#epoch}, not ${epoch}`,
      );
    if (usesTopicIds !== this.usesTopicIds) throw new KafkaError('FETCH_SESSION_TOPIC_ID_ERROR');
    this.#epoch = this.#epoch === EPOCH_MAX ? 1 : this.#epoch + 1;
    for (const key of forgotten) this.#partitions.delete(key);
    this.remember(wanted);
  }

  remember(wanted: readonly FetchPartition[]): void {
    for (const partition of wanted) {
      const key = keyOf(partition);
      const known = this.#partitions.get(key);
      if (known === undefined)
        this.#partitions.set(key, { wanted: partition, highWatermark: -1, logStartOffset: -1 });
      else known.wanted = partition;
    }
  }

  /** Everything that the client fetches: in its order at first, then those first that waited longest for records. */
  wanted(): FetchPartition[] {
    return [...this.#partitions.values()].map((remembered) => remembered.wanted);
  }

  /** Says what is being told now; answers whether the client has to hear it at all. */
  tell(
    wanted: FetchPartition,
    told: { errorCode: number; bytes: number; highWatermark: number; logStartOffset: number },
  ): boolean {
    const key = keyOf(wanted);
    const known = this.#partitions.get(key);
    if (known === undefined) return true;
    if (told.bytes > 0) {
      this.#partitions.delete(key);
      this.#partitions.set(key, known); // the last one from now on
    }
    const isNews =
      told.errorCode !== 0 ||
      told.bytes > 0 ||
      told.highWatermark !== known.highWatermark ||
      told.logStartOffset !== known.logStartOffset;
    // An error is told again until it is gone: the next success must look like a change.
    known.highWatermark = told.errorCode === 0 ? told.highWatermark : -1;
    known.logStartOffset = told.errorCode === 0 ? told.logStartOffset : -1;
    return isNews;
  }
}

export function keyOf(partition: { topic: string; topicId: string; partition: number }): string {
  return `${partition.topic === '' ? partition.topicId : partition.topic}:${partition.partition}`;
}

/** What a request's (session id, epoch) asks for. */
export function sessionKind(id: number, epoch: number): 'none' | 'create' | 'continue' | 'close' {
  if (epoch === EPOCH_FINAL) return id === NO_SESSION ? 'none' : 'close';
  return epoch === EPOCH_INITIAL ? 'create' : 'continue';
}
