/** Sample frames: one well-formed request for every API and version that the broker serves, to be damaged. */
import { HANDLERS } from '../../src/broker/index.ts';
import { encodeBatch, requestFrame } from '../../src/protocol/index.ts';

export function sampleFrames(topic: string): Buffer[] {
  const frames: Buffer[] = [];
  for (const { api, minVersion, maxVersion } of HANDLERS)
    for (let version = minVersion; version <= maxVersion; version++)
      for (const request of samples(api.name, topic, version)) {
        const header = { version, correlationId: version, clientId: 'fuzz' };
        frames.push(Buffer.concat(requestFrame(api, header, request as never)));
      }
  return frames;
}

/** Requests with something in them for the APIs where it matters; all others as empty as their schema allows. */
function samples(name: string, topic: string, version: number): object[] {
  switch (name) {
    case 'Produce':
      return version > 12
        ? [{}]
        : batches().map((records) => ({
            acks: 1,
            timeoutMs: 1000,
            topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
          }));
    case 'Fetch':
      return version > 12
        ? [{ maxWaitMs: 0 }]
        : [
            {
              maxWaitMs: 0,
              minBytes: 0,
              maxBytes: 1 << 20,
              topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 16 }] }],
            },
          ];
    case 'ListOffsets':
      return [{ topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }] }];
    case 'Metadata':
      return [{ topics: [{ name: topic }] }];
    case 'JoinGroup':
      return [
        {
          groupId: 'fuzz',
          sessionTimeoutMs: 6000,
          rebalanceTimeoutMs: 6000,
          memberId: '',
          protocolType: 'consumer',
          protocols: [{ name: 'range', metadata: Buffer.alloc(10) }],
        },
      ];
    default:
      return [{}];
  }
}

function batches(): Buffer[] {
  const records = Array.from({ length: 3 }, (_, n) => ({
    key: Buffer.from(`k${n}`),
    value: Buffer.alloc(200, 'v'),
    headers: [],
    timestamp: 1,
  }));
  return (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const).map((compression) =>
    encodeBatch({ records, compression }),
  );
}
