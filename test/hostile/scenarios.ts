/** Scenarios: one way of being hostile each. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  encodeBatch,
  createTopicsApi,
  fetchApi,
  metadataApi,
  produceApi,
  requestFrame,
} from '../../src/protocol/index.ts';
import { WireClient } from '../wire/wire-client.ts';
import { RawClient } from './raw-client.ts';

export interface Target {
  readonly port: number;
  readonly signal: AbortSignal;
}

export interface Scenario {
  readonly name: string;
  /** Before anything is measured. */
  readonly prepare?: (target: Target) => Promise<void>;
  readonly attack: (target: Target) => Promise<void>;
}

const MEBIBYTE = 1024 * 1024;
const TOPIC = 'large';
const LARGE_BATCHES = 64;
const INT_MAX = 2 ** 31 - 1;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'fetches that nobody reads',
    prepare: fillTopic,
    attack: async ({ port }) => {
      const clients = await connectMany(port, 8);
      for (const client of clients)
        for (let n = 0; n < 12; n++) void client.request(fetchApi, 12, wholeTopic(0));
      await sleep(12_000);
      closeAll(clients);
    },
  },
  {
    name: 'frames that never become whole',
    attack: async ({ port }) => {
      const clients = await connectMany(port, 12);
      const part = frameOf(100 * MEBIBYTE, 90 * MEBIBYTE);
      for (const client of clients) void client.write(part);
      await sleep(15_000);
      closeAll(clients);
    },
  },
  {
    name: 'slow loris: a byte at a time',
    attack: async ({ port }) => {
      const clients = await connectMany(port, 500);
      for (const client of clients) await client.write(frameOf(MEBIBYTE, 8));
      for (let n = 0; n < 20; n++) {
        for (const client of clients) void client.write(Buffer.of(0));
        await sleep(200);
      }
      closeAll(clients);
    },
  },
  {
    name: 'arrays bomb: ten million empty names',
    attack: async ({ port }) => {
      const clients = await connectMany(port, 4);
      const bomb = arrayBomb(10_000_000);
      for (const client of clients) await client.write(bomb);
      await sleep(3_000);
      closeAll(clients);
    },
  },
  {
    name: 'arrays bomb: many of just below the limit',
    attack: async ({ port }) => {
      const clients = await connectMany(port, 8);
      const bomb = arrayBomb(240_000);
      for (let n = 0; n < 16; n++) for (const client of clients) void client.write(bomb);
      await sleep(8_000);
      closeAll(clients);
    },
  },
  {
    name: 'bytes after the connection was refused',
    attack: async ({ port }) => {
      const clients = await connectMany(port, 4, { reads: true });
      const chunk = Buffer.alloc(MEBIBYTE, 1);
      await Promise.all(
        clients.map(async (client) => {
          await client.write(frameOf(-5, 4));
          for (let n = 0; n < 400 && !client.isClosed; n++) await client.write(chunk, 500);
        }),
      );
      closeAll(clients);
    },
  },
  {
    name: 'two large requests that are held for ever',
    prepare: async ({ port }) => createTopic(port, TOPIC, {}),
    attack: async ({ port }) => {
      const clients = await connectMany(port, 2);
      for (const client of clients) void client.write(paddedFetch(60 * MEBIBYTE));
      await sleep(16_000);
      closeAll(clients);
    },
  },
  {
    name: 'half-closed after fetches',
    prepare: fillTopic,
    attack: async ({ port }) => {
      for (let round = 0; round < 30; round++) {
        const clients = await connectMany(port, 10);
        for (const client of clients) {
          await client.request(fetchApi, 12, wholeTopic(0));
          client.half();
        }
        await sleep(100);
      }
      await sleep(8_000);
    },
  },
  {
    name: 'two thousand idle connections',
    attack: async ({ port }) => {
      const clients = await connectMany(port, 2_000);
      await sleep(3_000);
      closeAll(clients);
    },
  },
  {
    name: 'acks=0 flood',
    prepare: async ({ port }) => createTopic(port, TOPIC, {}),
    attack: async ({ port }) => {
      const clients = await connectMany(port, 4);
      const records = [batchOf(900_000)];
      await Promise.all(
        clients.map(async (client) => {
          for (let n = 0; n < 80; n++)
            await client.request(produceApi, 9, {
              acks: 0,
              timeoutMs: 1_000,
              topicData: [{ name: TOPIC, partitionData: [{ index: 0, records }] }],
            });
        }),
      );
      closeAll(clients);
    },
  },
  ...(['gzip', 'zstd', 'lz4', 'snappy'] as const).map(
    (compression): Scenario => ({
      name: `decompression bomb: ${compression}`,
      prepare: async ({ port }) =>
        createTopic(port, TOPIC, {
          'compression.type': compression === 'gzip' ? 'zstd' : 'gzip',
          'message.timestamp.type': 'LogAppendTime',
          'cleanup.policy': 'compact',
        }),
      attack: async ({ port }) => {
        const key = Buffer.from('bomb');
        const value = Buffer.alloc((compression === 'snappy' ? 15 : 250) * MEBIBYTE);
        const records = [
          encodeBatch({ compression, records: [{ key, value, headers: [], timestamp: Date.now() }] }),
        ];
        const clients = await Promise.all(Array.from({ length: 4 }, () => WireClient.connect(port)));
        for (let round = 0; round < 5; round++)
          await Promise.all(
            clients.map((client) =>
              client.send(produceApi, 9, {
                acks: -1,
                timeoutMs: 1_000,
                topicData: [{ name: TOPIC, partitionData: [{ index: 0, records }] }],
              }),
            ),
          );
        for (const client of clients) client.close();
      },
    }),
  ),
];

function connectMany(port: number, count: number, options = {}): Promise<RawClient[]> {
  return Promise.all(Array.from({ length: count }, () => RawClient.connect(port, options)));
}

function closeAll(clients: readonly RawClient[]): void {
  for (const client of clients) client.close();
}

/** A frame of which only the first bytes are there. */
function frameOf(declared: number, sent: number): Buffer {
  const bytes = Buffer.alloc(sent);
  bytes.writeInt32BE(declared);
  return bytes;
}

/** Metadata v9 with so many topics without a name: two bytes each. */
function arrayBomb(count: number): Buffer {
  const head = Buffer.from('00000000000300090000000100017800', 'hex');
  const topics = Buffer.alloc(count * 2);
  for (let at = 0; at < topics.length; at += 2) topics[at] = 1;
  return framed(Buffer.concat([head, uvarint(count + 1), topics, Buffer.of(0, 0, 0, 0)]));
}

/** A fetch for records that never come, with an unknown tagged field of so many bytes. */
function paddedFetch(bytes: number): Buffer {
  const header = { version: 12, correlationId: 1, clientId: 'x' };
  const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1 };
  const plain = Buffer.concat(
    requestFrame(fetchApi, header, {
      maxWaitMs: INT_MAX,
      minBytes: INT_MAX,
      maxBytes: INT_MAX,
      topics: [{ topic: TOPIC, partitions: [partition] }],
    }),
  );
  return framed(
    Buffer.concat([plain.subarray(0, -1), Buffer.of(1, 99), uvarint(bytes), Buffer.alloc(bytes)]),
  );
}

function framed(frame: Buffer): Buffer {
  frame.writeInt32BE(frame.length - 4);
  return frame;
}

function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function wholeTopic(fetchOffset: number) {
  const partition = { partition: 0, fetchOffset, partitionMaxBytes: INT_MAX };
  return {
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: INT_MAX,
    topics: [{ topic: TOPIC, partitions: [partition] }],
  };
}

function batchOf(bytes: number): Buffer {
  const value = Buffer.alloc(bytes, 'x');
  return encodeBatch({ records: [{ key: null, value, headers: [], timestamp: Date.now() }] });
}

async function fillTopic({ port }: Target): Promise<void> {
  await createTopic(port, TOPIC, {});
  const client = await WireClient.connect(port);
  const records = [batchOf(1_000_000)];
  for (let n = 0; n < LARGE_BATCHES; n++)
    await client.send(produceApi, 9, {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: TOPIC, partitionData: [{ index: 0, records }] }],
    });
  client.close();
}

async function createTopic(port: number, name: string, configs: Record<string, string>): Promise<void> {
  const client = await WireClient.connect(port);
  const created = await client.send(createTopicsApi, 5, {
    topics: [
      {
        name,
        numPartitions: 1,
        replicationFactor: 1,
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
    timeoutMs: 10_000,
  });
  if (created.topics[0]!.errorCode !== 0) throw new Error(`create topic: ${created.topics[0]!.errorMessage}`);
  await client.send(metadataApi, 8, { topics: [{ name }], allowAutoTopicCreation: false });
  client.close();
}
