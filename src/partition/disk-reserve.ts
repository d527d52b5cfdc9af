/**
 * DiskReserve: whether the disk has room for what clients send. Below its reserve produce is refused (V2); reads, deletes and
 * checkpoints go on, and produce resumes by itself.
 */
import type { EventSink } from '../base/index.ts';
import type { Disk } from '../env/index.ts';
import { KafkaError, NOTHING_WRITTEN } from '../protocol/index.ts';

/** Of a small volume the reserve is no more than this share. */
const RESERVE_SHARE = 0.02;

export interface DiskReserveParts {
  readonly disk: Disk;
  readonly events: EventSink;
  readonly reserveBytes: number;
  /** From now on produce is refused. */
  readonly onFull: () => void;
}

export class DiskReserve {
  readonly #parts: DiskReserveParts;
  /** What clients' batches are refused with now; undefined: there is room. */
  full: KafkaError | undefined;

  constructor(parts: DiskReserveParts) {
    this.#parts = parts;
  }

  async look(): Promise<void> {
    const { disk, events, reserveBytes, onFull } = this.#parts;
    const { freeBytes, totalBytes } = await disk.space();
    const reserve = Math.min(reserveBytes, totalBytes * RESERVE_SHARE);
    const wasFull = this.full !== undefined;
    this.full =
      freeBytes < reserve
        ? new KafkaError(
            'KAFKA_STORAGE_ERROR',
            `disk below its reserve: ${gibibytes(freeBytes)} GiB free; ${NOTHING_WRITTEN}`,
          )
        : undefined;
    if (this.full !== undefined && !wasFull) {
      onFull();
      events(
        'warn',
        `Disk below its reserve: ${gibibytes(freeBytes)} GiB free. Produce is refused, reads go on, produce resumes by itself.`,
        { freeBytes, reserve },
      );
    }
    if (this.full === undefined && wasFull)
      events('info', 'Disk above its reserve again: produce goes on.', { freeBytes, reserve });
  }
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
