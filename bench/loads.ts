/** The loads that several figures share. Record bytes are random: nothing can be gained by compressing them. */
import type { Load } from './load/generate.ts';

/** Requests of 1 MiB: one batch of 1,010 records of 1 KiB, just below Kafka's `max.message.bytes`. */
export const LARGE: Load = {
  partitions: 4,
  connections: 4,
  inFlight: 5,
  recordsPerRequest: 1010,
  valueBytes: 1024,
};

/** Batches of 16 KiB, as producers with a linger make them. */
export const MIDDLE: Load = {
  partitions: 12,
  connections: 12,
  inFlight: 5,
  recordsPerRequest: 16,
  valueBytes: 1010,
};

/** As MIDDLE, but compressed: 375 readings of 150 bytes make 16 KiB. */
export const MIDDLE_LZ4: Load = { ...MIDDLE, recordsPerRequest: 375, valueBytes: 150, isLz4: true };

/** One record of 100 bytes a request, 100 requests in flight over 20 connections. */
export const SMALL: Load = {
  partitions: 4,
  connections: 20,
  inFlight: 5,
  recordsPerRequest: 1,
  valueBytes: 100,
};

/** After this much Gregor's journal has its full size and was used all through: `gregor.journal.bytes`, twice. */
export const JOURNAL_TWICE_MEBIBYTES = 1024;
