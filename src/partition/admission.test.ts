import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32c } from '../base/index.ts';
import { encodeBatch, KafkaError } from '../protocol/index.ts';
import { admit } from './admission.ts';
import type { PartitionConfig } from './partition-config.ts';

const NOW = 1_795_851_000_000;
const CONFIG: PartitionConfig = {
  maxMessageBytes: 1024 * 1024,
  compression: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  compacted: false,
  segmentBytes: 1024 * 1024,
  segmentMs: 604_800_000,
  indexIntervalBytes: 4096,
  producerExpirationMs: 86_400_000,
  fetchIsolation: 'client',
};

/** A batch in whose header the int64 at this position is `value`, with the right checksum. */
function batchWith(at: number, value: bigint): Buffer {
  const bytes = encodeBatch({
    records: [{ key: null, value: Buffer.from('v'), headers: [], timestamp: NOW }],
  });
  bytes.writeBigInt64BE(value, at);
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
  return bytes;
}

function refusal(records: Buffer, config: Partial<PartitionConfig> = {}): KafkaError {
  try {
    admit(records, { ...CONFIG, ...config }, NOW);
  } catch (error) {
    assert.ok(error instanceof KafkaError, String(error));
    return error;
  }
  throw new Error('it was admitted');
}

test('timestamps in nanoseconds are refused for good, and the reason says what they should be', () => {
  for (const config of [{}, { timestampAfterMaxMs: Number.MAX_SAFE_INTEGER }]) {
    const { errorName, explanation } = refusal(batchWith(35, BigInt(NOW) * 1_000_000n), config);
    assert.equal(errorName, 'INVALID_TIMESTAMP', 'CORRUPT_MESSAGE would be tried again and again');
    assert.match(explanation!, /milliseconds/);
  }
});

test('no number that cannot be read again gets into the log', () => {
  const names = ([0, 27, 35, 43] as const).flatMap((at) =>
    [1n << 60n, -(1n << 62n), 1n << 53n].map((value) => refusal(batchWith(at, value)).errorName),
  );
  const [record, time] = ['INVALID_RECORD', 'INVALID_TIMESTAMP'];
  assert.deepEqual(
    names,
    [record, time, time, record].flatMap((name) => [name, name, name]),
  );
});
