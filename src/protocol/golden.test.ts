/** What real clients sent and what Apache Kafka answered, byte for byte (test/wire/golden; captured by test/wire/capture-golden.ts). */
import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeFrame, encodeFrame, type GoldenFrame, goldenFrames } from '../../test/wire/golden-frames.ts';
import type { FetchResponse } from './messages/fetch.ts';
import type { ProduceRequest } from './messages/produce.ts';
import { forEachBatch } from './record-batch.ts';
import { decodeRecords } from './record.ts';

const OPENED_BYTES_MAX = 1024 * 1024;
const frames = goldenFrames();
const nameOf = ({ sender, api, version, direction }: GoldenFrame) =>
  `${sender} ${api.name} v${version} ${direction}`;

/**
 * librdkafka 2.16 asks for all topics with a null array that takes four bytes instead of one, so that three bytes are left
 * behind the tagged fields. Apache Kafka and we take no notice of them.
 */
const BYTES_LEFT = new Map([['confluent-kafka Metadata v13 request', 3]]);

test('every frame that a real client or Apache Kafka sent is written as it was read', () => {
  assert.ok(frames.length > 200, `only ${frames.length} frames`);
  for (const frame of frames) {
    const { api, version, direction, bytes } = frame;
    const decoded = decodeFrame(api, version, direction, bytes);
    const left = BYTES_LEFT.get(nameOf(frame)) ?? 0;
    assert.equal(decoded.left, left, `${nameOf(frame)}: bytes that the schema does not know`);
    const written = encodeFrame(api, version, direction, decoded);
    const known = bytes.subarray(0, bytes.length - left);
    assert.equal(written.toString('hex'), known.toString('hex'), nameOf(frame));
  }
});

test('requests name their API and version themselves', () => {
  for (const frame of frames.filter(({ direction }) => direction === 'request')) {
    assert.equal(frame.bytes.readInt16BE(0), frame.api.key, nameOf(frame));
    assert.equal(frame.bytes.readInt16BE(2), frame.version, nameOf(frame));
  }
});

test('the record batches of real clients and of Apache Kafka have the right CRC and open', () => {
  let batches = 0;
  for (const frame of frames)
    for (const records of recordsOf(frame))
      forEachBatch(records, (batch) => {
        assert.ok(batch.isCrcRight(), nameOf(frame));
        assert.equal(decodeRecords(batch, OPENED_BYTES_MAX).length, batch.recordCount, nameOf(frame));
        batches++;
      });
  assert.ok(batches > 10, `only ${batches} batches`);
});

function recordsOf({ api, version, direction, bytes }: GoldenFrame): Buffer[] {
  const body = () => decodeFrame(api, version, direction, bytes).body;
  if (api.name === 'Produce' && direction === 'request')
    return (body() as ProduceRequest).topicData.flatMap(({ partitionData }) =>
      partitionData.flatMap(({ records }) => records ?? []),
    );
  if (api.name === 'Fetch' && direction === 'response')
    return (body() as FetchResponse).responses.flatMap(({ partitions }) =>
      partitions.flatMap(({ records }) => records ?? []),
    );
  return [];
}
