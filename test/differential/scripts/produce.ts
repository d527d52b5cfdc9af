/** Scripts: Produce. */
import { encodeBatch, produceApi } from '../../../src/protocol/index.ts';
import { altered, damaged, records, TIMESTAMP } from '../batches.ts';
import { ask, makeTopic, raw, type Script, script, tell } from '../script.ts';
import { fetch, initProducer, listOffset, produce, producerOf } from './requests.ts';

const sequenced = (topic: string, baseSequence: number, epoch = 0, count = 1) =>
  ask(produceApi, 9, (run) => ({
    acks: -1,
    timeoutMs: 5000,
    topicData: [
      {
        name: topic,
        partitionData: [
          {
            index: 0,
            records: records(count, { producerId: producerOf(run), producerEpoch: epoch, baseSequence }),
          },
        ],
      },
    ],
  }));

const one = (value: Buffer | null, key: Buffer | null, timestamp = TIMESTAMP) =>
  encodeBatch({ records: [{ key, value, timestamp, headers: [] }] });

export const PRODUCE: readonly Script[] = [
  ...[3, 5, 7, 8, 9, 12].map((version) =>
    script(`produce: answer of v${version}`, (topic) => [
      makeTopic(topic),
      produce(topic, records(3), version),
      fetch(topic),
    ]),
  ),
  script('produce: by topic id', (topic) => [
    makeTopic(topic),
    ask(produceApi, 13, (run) => ({
      acks: 1,
      timeoutMs: 5000,
      topicData: [{ topicId: run.topicId(topic), partitionData: [{ index: 0, records: records(2) }] }],
    })),
    ask(produceApi, 13, {
      acks: 1,
      timeoutMs: 5000,
      topicData: [
        { topicId: '0123456789abcdef0123456789abcdef', partitionData: [{ index: 0, records: records(1) }] },
      ],
    }),
    ask(produceApi, 13, {
      acks: 1,
      timeoutMs: 5000,
      topicData: [{ partitionData: [{ index: 0, records: records(1) }] }],
    }),
  ]),
  script('produce: no records', (topic) => [
    makeTopic(topic),
    produce(topic, null),
    produce(topic, Buffer.alloc(0)),
    produce(topic, records(0)),
  ]),
  script('produce: several batches in one partition', (topic) => [
    makeTopic(topic),
    produce(topic, Buffer.concat([records(1), records(1)])),
    fetch(topic),
  ]),
  script('produce: unknown topic and partition', (topic) => [
    makeTopic(topic),
    produce(`${topic}-not`, records(1)),
    ask(produceApi, 9, {
      acks: -1,
      timeoutMs: 5000,
      topicData: [
        {
          name: topic,
          partitionData: [
            { index: 1, records: records(1) },
            { index: -1, records: records(1) },
            { index: 0, records: records(1) },
          ],
        },
      ],
    }),
  ]),
  script('produce: acks beyond -1…1', (topic) => [
    makeTopic(topic),
    produce(topic, records(1), 9, 2),
    produce(topic, records(1), 9, -2),
    fetch(topic),
  ]),
  script('produce: acks=0 is silent, and an error closes', (topic) => [
    makeTopic(topic),
    tell(produce(topic, records(1), 9, 0)),
    produce(topic, records(1)),
    tell(produce(`${topic}-not`, records(1), 9, 0)),
    produce(topic, records(1)),
    listOffset(topic, -1),
  ]),
  script('produce: CRC does not fit', (topic) => [
    makeTopic(topic),
    produce(topic, damaged(records(1))),
    fetch(topic),
  ]),
  ...[0, 1, 3].map((magic) =>
    script(`produce: magic ${magic}`, (topic) => [
      makeTopic(topic),
      produce(topic, altered(records(1), { magic })),
    ]),
  ),
  script('produce: base offset is not 0', (topic) => [
    makeTopic(topic),
    produce(topic, altered(records(1), { baseOffset: 5 })),
    produce(topic, altered(records(1), { baseOffset: -1 })),
  ]),
  script('produce: count and last offset delta contradict', (topic) => [
    makeTopic(topic),
    produce(topic, altered(records(2), { lastOffsetDelta: 5 })),
    produce(topic, altered(records(2), { recordCount: 3, lastOffsetDelta: 2 })),
    produce(topic, altered(records(2), { recordCount: 1, lastOffsetDelta: 0 })),
    produce(topic, altered(records(2), { recordCount: -1 })),
    produce(topic, altered(records(2), { recordCount: 0, lastOffsetDelta: -1 })),
  ]),
  script('produce: batch length lies', (topic) => [
    makeTopic(topic),
    produce(topic, altered(records(1), { batchLength: 10_000 })),
    produce(topic, altered(records(1), { batchLength: -1 })),
    produce(topic, altered(records(1), { batchLength: 10 })),
    produce(topic, records(1).subarray(0, 30)),
    produce(topic, records(1).subarray(0, 12)),
    produce(topic, Buffer.from([1])),
  ]),
  script('produce: control and LogAppendTime bits are the broker’s', (topic) => [
    makeTopic(topic),
    produce(topic, altered(records(1), { attributes: 0x20 })),
    produce(topic, altered(records(1), { attributes: 0x08 })),
    produce(topic, altered(records(1), { attributes: 0x80 })),
  ]),
  script('produce: compression that does not exist', (topic) => [
    makeTopic(topic),
    produce(topic, altered(records(1), { attributes: 5 })),
    produce(topic, altered(records(1), { attributes: 7 })),
  ]),
  ...(['gzip', 'snappy', 'lz4', 'zstd'] as const).map((compression) =>
    script(`produce: ${compression}`, (topic) => [
      makeTopic(topic),
      produce(topic, records(3, { compression })),
      produce(
        topic,
        altered(records(1), { attributes: ['none', 'gzip', 'snappy', 'lz4', 'zstd'].indexOf(compression) }),
      ),
      fetch(topic),
    ]),
  ),
  script('produce: zstd before v7', (topic) => [
    makeTopic(topic),
    produce(topic, records(1, { compression: 'zstd' }), 6),
    produce(topic, records(1, { compression: 'zstd' }), 7),
  ]),
  script('produce: compression.type of the topic', (topic) => [
    makeTopic(topic, { configs: { 'compression.type': 'gzip' } }),
    produce(topic, records(3)),
    produce(topic, records(3, { compression: 'lz4' })),
    produce(topic, records(1, { compression: 'gzip' })),
    fetch(topic),
  ]),
  script('produce: compression.type uncompressed', (topic) => [
    makeTopic(topic, { configs: { 'compression.type': 'uncompressed' } }),
    produce(topic, records(3, { compression: 'zstd' })),
    fetch(topic),
  ]),
  script('produce: LogAppendTime', (topic) => [
    makeTopic(topic, { configs: { 'message.timestamp.type': 'LogAppendTime' } }),
    produce(topic, records(3)),
    produce(topic, records(3, { compression: 'gzip' })),
    produce(topic, records(1, { timestampType: 'LogAppendTime' })),
    fetch(topic),
  ]),
  script('produce: a compacted topic needs keys', (topic) => [
    makeTopic(topic, { configs: { 'cleanup.policy': 'compact' } }),
    produce(topic, one(Buffer.from('v'), null)),
    produce(topic, one(Buffer.from('v'), Buffer.alloc(0))),
    produce(topic, one(null, Buffer.from('k'))),
    produce(
      topic,
      encodeBatch({
        records: ['a', null, 'b', null].map((key) => ({
          key: key === null ? null : Buffer.from(key),
          value: Buffer.from('v'),
          timestamp: TIMESTAMP,
          headers: [],
        })),
      }),
    ),
    fetch(topic),
  ]),
  script('produce: null keys and values, empty ones, headers', (topic) => [
    makeTopic(topic),
    produce(topic, one(null, null)),
    produce(topic, one(Buffer.alloc(0), Buffer.alloc(0))),
    produce(
      topic,
      encodeBatch({
        records: [
          {
            key: null,
            value: Buffer.from('v'),
            timestamp: TIMESTAMP,
            headers: [
              ['a', Buffer.from('1')],
              ['a', null],
              ['', Buffer.alloc(0)],
              ['ü', Buffer.from('ü')],
            ],
          },
        ],
      }),
    ),
    fetch(topic),
  ]),
  script('produce: larger than max.message.bytes', (topic) => [
    makeTopic(topic, { configs: { 'max.message.bytes': '200' } }),
    produce(topic, one(Buffer.alloc(300), null)),
    produce(topic, one(Buffer.alloc(100), null)),
    produce(topic, one(Buffer.alloc(100), null), 8),
    listOffset(topic, -1),
  ]),
  script('produce: timestamps out of bounds', (topic) => [
    makeTopic(topic, {
      configs: { 'message.timestamp.before.max.ms': '3600000', 'message.timestamp.after.max.ms': '3600000' },
    }),
    produce(topic, records(3)),
    produce(topic, records(3), 8),
    produce(topic, records(3), 7),
    produce(topic, one(Buffer.from('v'), null, 4_000_000_000_000)),
    produce(topic, records(2, { compression: 'gzip' })),
    listOffset(topic, -1),
  ]),
  script('produce: a timestamp of -1', (topic) => [
    makeTopic(topic),
    produce(topic, one(Buffer.from('v'), null, -1)),
    produce(topic, one(Buffer.from('v'), null, -2)),
    produce(topic, one(Buffer.from('v'), null, 0)),
    fetch(topic),
  ]),
  script('produce: a sequence, its duplicate, a gap', (topic) => [
    makeTopic(topic),
    initProducer,
    sequenced(topic, 0),
    sequenced(topic, 1),
    sequenced(topic, 1),
    sequenced(topic, 0),
    sequenced(topic, 3),
    sequenced(topic, 2, 0, 3),
    sequenced(topic, 5),
    listOffset(topic, -1),
  ]),
  script('produce: duplicates of batches with another length', (topic) => [
    makeTopic(topic),
    initProducer,
    sequenced(topic, 0, 0, 3),
    sequenced(topic, 0, 0, 2),
    sequenced(topic, 1, 0, 2),
    sequenced(topic, 2, 0, 2),
    listOffset(topic, -1),
  ]),
  script('produce: a duplicate older than five batches', (topic) => [
    makeTopic(topic),
    initProducer,
    ...[0, 1, 2, 3, 4, 5, 6].map((sequence) => sequenced(topic, sequence)),
    sequenced(topic, 2),
    sequenced(topic, 1),
    sequenced(topic, 0),
    listOffset(topic, -1),
  ]),
  script('produce: a first sequence that is not 0', (topic) => [
    makeTopic(topic),
    initProducer,
    sequenced(topic, 7),
    sequenced(topic, 8),
    sequenced(topic, 0),
    sequenced(topic, 9),
  ]),
  script('produce: epochs of a producer', (topic) => [
    makeTopic(topic),
    initProducer,
    sequenced(topic, 0, 3),
    sequenced(topic, 1, 2),
    sequenced(topic, 1, 4),
    sequenced(topic, 0, 4),
    sequenced(topic, 1, 3),
    sequenced(topic, 1, 4),
  ]),
  script('produce: producer fields that contradict', (topic) => [
    makeTopic(topic),
    produce(topic, records(1, { producerId: 9_999_999, producerEpoch: 0, baseSequence: -1 })),
    produce(topic, records(1, { producerId: 9_999_998, producerEpoch: -1, baseSequence: 0 })),
    produce(topic, records(1, { producerId: -1, producerEpoch: 0, baseSequence: 0 })),
    produce(topic, records(1, { producerId: -1, producerEpoch: -1, baseSequence: 5 })),
    produce(topic, records(1, { producerId: -2, producerEpoch: 0, baseSequence: 0 })),
    produce(topic, records(1, { producerId: 9_999_997, producerEpoch: 0, baseSequence: 0 })),
  ]),
  script('produce: a sequence beyond 2³¹', (topic) => [
    makeTopic(topic),
    initProducer,
    sequenced(topic, 0x7fff_fffe, 0, 2),
    sequenced(topic, 0, 0, 1),
    sequenced(topic, 1, 0, 1),
    listOffset(topic, -1),
  ]),
  script('produce: one partition twice', (topic) => [
    makeTopic(topic),
    ask(produceApi, 9, {
      acks: -1,
      timeoutMs: 5000,
      topicData: [
        {
          name: topic,
          partitionData: [
            { index: 0, records: records(1) },
            { index: 0, records: records(1) },
          ],
        },
      ],
    }),
    listOffset(topic, -1),
  ]),
  script('produce: no topics, no partitions', (topic) => [
    makeTopic(topic),
    ask(produceApi, 9, { acks: -1, timeoutMs: 5000, topicData: [] }),
    ask(produceApi, 9, { acks: -1, timeoutMs: 5000, topicData: [{ name: topic, partitionData: [] }] }),
    ask(produceApi, 9, {
      acks: -1,
      timeoutMs: -1,
      topicData: [{ name: topic, partitionData: [{ index: 0, records: records(1) }] }],
    }),
  ]),
  script('produce: internal topics', () => [
    produce('__consumer_offsets', records(1)),
    produce('__transaction_state', records(1)),
    produce('__cluster_metadata', records(1)),
  ]),
  script('produce: versions that are not served', () => [
    // v2 with acks 1 and no topics; v99
    raw('00000016 0000 0002 00000007 0002 6162 0001 00001388 00000000'),
    raw('00000016 0000 0063 00000007 0002 6162 0001 00001388 00000000'),
  ]),
];
