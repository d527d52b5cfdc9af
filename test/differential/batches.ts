/** Batches for scripts: right ones, and ones that are wrong in one field with everything else right (the CRC too). */
import { crc32c } from '../../src/base/index.ts';
import { encodeBatch, type NewBatch } from '../../src/protocol/index.ts';

/** 2023-11-14, in milliseconds: fixed, so that answers can be recorded. */
export const TIMESTAMP = 1_700_000_000_000;

const ATTRIBUTES_AT = 21;
const CRC_AT = 17;
/** Where the fields of a batch header are, and how wide. */
const FIELDS = {
  baseOffset: [0, 8],
  batchLength: [8, 4],
  leaderEpoch: [12, 4],
  magic: [16, 1],
  attributes: [21, 2],
  lastOffsetDelta: [23, 4],
  baseTimestamp: [27, 8],
  maxTimestamp: [35, 8],
  producerId: [43, 8],
  producerEpoch: [51, 2],
  baseSequence: [53, 4],
  recordCount: [57, 4],
} as const;

export function records(count: number, more: Omit<NewBatch, 'records'> = {}): Buffer {
  return encodeBatch({
    records: Array.from({ length: count }, (_, n) => ({
      key: Buffer.from(`k${n}`),
      value: Buffer.from(`v${n}`),
      timestamp: TIMESTAMP + n,
      headers: [],
    })),
    ...more,
  });
}

/** The batch with other fields, and a CRC that fits them. */
export function altered(batch: Buffer, fields: Partial<Record<keyof typeof FIELDS, number>>): Buffer {
  const bytes = Buffer.from(batch);
  for (const [name, value] of Object.entries(fields)) {
    const [at, width] = FIELDS[name as keyof typeof FIELDS];
    if (width === 8) bytes.writeBigInt64BE(BigInt(value), at);
    else bytes.writeIntBE(value, at, width);
  }
  bytes.writeUInt32BE(crc32c(bytes.subarray(ATTRIBUTES_AT)), CRC_AT);
  return bytes;
}

/** The batch with one bit of its last byte turned: the CRC does not fit. */
export function damaged(batch: Buffer): Buffer {
  const bytes = Buffer.from(batch);
  bytes[bytes.length - 1]! ^= 1;
  return bytes;
}
