/**
 * Reader: committed records from positions on, out of the memory of the broker where they are still there; waits until something
 * is readable, without asking again and again.
 *
 * Keys and values are slices of the frames they came in: a step that keeps bytes keeps a copy of its own (state is encoded).
 */
import type { Clock } from '../../env/index.ts';
import { checkOffset, type Partition, readCommitted } from '../../partition/index.ts';
import { decodeRecords, forEachBatch } from '../../protocol/index.ts';
import type { LogRecord } from '../../streams/index.ts';
import type { Fetched, Position } from '../log-client.ts';
import { LostRecords } from '../lost-records.ts';
import { type LocalLog, partitionOf } from './local-log.ts';

/** What one call brings of one partition, and in all: then it is processed before more is read. */
const PARTITION_BYTES = 256 * 1024;
const FETCH_BYTES = 1024 * 1024;
const OPENED_BYTES_MAX = 256 * 1024 * 1024;

interface Cursor {
  readonly position: Position;
  readonly partition: Partition;
}

export class Reader {
  readonly #log: LocalLog;
  /** Where the next call begins, so that a busy partition does not starve the others. */
  #turn = 0;

  constructor(log: LocalLog) {
    this.#log = log;
  }

  /** `signal`: ends the waiting. */
  async fetch(
    positions: readonly Position[],
    waitMs: number,
    onWaiting: (stop: () => void) => void,
  ): Promise<Fetched[]> {
    const cursors = positions.map((position) => this.#cursor(position));
    if (!cursors.some(isReadable)) await news(cursors, this.#log.clock, waitMs, onWaiting);
    const fetched: Fetched[] = [];
    const first = this.#turn++;
    let left = FETCH_BYTES;
    for (let n = 0; n < cursors.length && left > 0; n++) {
      const cursor = cursors[(first + n) % cursors.length]!;
      if (!isReadable(cursor)) continue;
      const found = await readFrom(cursor, Math.min(left, PARTITION_BYTES));
      left -= found.bytes;
      if (found.fetched.next > cursor.position.offset) fetched.push(found.fetched);
    }
    return fetched;
  }

  /** Everything committed from there to the end as it is now. */
  async *readAll(from: Position): AsyncIterable<Fetched> {
    const { partition } = this.#cursor(from, 'at its start');
    const end = partition.endOffset('committed_only');
    for (let offset = Math.max(from.offset, partition.logStartOffset); offset < end; ) {
      const { fetched } = await readFrom({ partition, position: { ...from, offset } }, FETCH_BYTES);
      if (fetched.next === offset) return; // the log was cut meanwhile: checked by the read
      yield fetched;
      offset = fetched.next;
    }
  }

  #cursor(position: Position, missing: 'is lost' | 'at its start' = 'is lost'): Cursor {
    const { topic, partition: index, offset } = position;
    const { partition } = partitionOf(this.#log, topic, index);
    if (offset < partition.logStartOffset && missing === 'at its start') return { position, partition };
    if (offset < partition.logStartOffset && !partition.deleted)
      throw new LostRecords(position, partition.logStartOffset);
    checkOffset(partition, offset);
    return { position, partition };
  }
}

function isReadable({ position, partition }: Cursor): boolean {
  return position.offset < partition.endOffset('committed_only');
}

async function readFrom({ partition, position }: Cursor, maxBytes: number) {
  const records: LogRecord[] = [];
  let next = position.offset;
  let bytes = 0;
  for (const part of await readCommitted(partition, position.offset, maxBytes)) {
    bytes += part.length;
    forEachBatch(part, (batch) => {
      next = Math.max(next, batch.lastOffset + 1);
      if (!batch.isControl)
        for (const record of decodeRecords(batch, OPENED_BYTES_MAX))
          if (record.offset >= position.offset)
            records.push({
              topic: position.topic,
              partition: position.partition,
              offset: record.offset,
              timestampMs: record.timestamp,
              key: record.key,
              value: record.value,
              headers: record.headers.map(([key, value]) => ({ key, value })),
            });
    });
  }
  return { fetched: { ...position, records, next }, bytes };
}

/** Resolves when any of them may have something to read, when the time is over, or when it is told to. */
function news(
  cursors: readonly Cursor[],
  clock: Clock,
  waitMs: number,
  onWaiting: (stop: () => void) => void,
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      for (const { partition } of cursors) partition.waiters.leave(waiter);
      resolve();
    };
    const waiter = { wake: done };
    const cancel = clock.after(waitMs, done);
    for (const { partition } of cursors) partition.waiters.park(waiter);
    onWaiting(done);
  });
}
