/** A topic on a broker under measurement: made, asked where it ends, deleted. The same requests for every broker. */
import {
  createPartitionsApi,
  createTopicsApi,
  deleteTopicsApi,
  errorNameOf,
  listOffsetsApi,
} from '../src/protocol/index.ts';
import { WireClient } from '../test/wire/wire-client.ts';

/** Kafka takes long to make 10,000 partitions. */
const TIMEOUT_MS = 600_000;
/** Kafka makes no more than 10,000 records of metadata of one request, and the topic itself is one. */
const PARTITIONS_AT_ONCE = 5_000;
const SERVED_LOOK_MS = 20;
const LATEST = -1;

async function ask<T>(port: number, question: (client: WireClient) => Promise<T>): Promise<T> {
  const client = await WireClient.connect(port);
  try {
    return await question(client);
  } finally {
    client.close();
  }
}

/** Resolves when every partition serves. */
export async function createTopic(
  port: number,
  name: string,
  partitions: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const configs = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
  const atFirst = Math.min(partitions, PARTITIONS_AT_ONCE);
  const topics = [{ name, numPartitions: atFirst, replicationFactor: 1, configs }];
  await ask(port, async (client) => {
    const answer = await client.send(createTopicsApi, 7, { topics, timeoutMs: TIMEOUT_MS });
    const { errorCode, errorMessage } = answer.topics[0]!;
    if (errorCode !== 0) throw new Error(`topic ${name}: ${errorNameOf(errorCode)} ${errorMessage ?? ''}`);
    for (let count = atFirst; count < partitions; ) {
      count = Math.min(partitions, count + PARTITIONS_AT_ONCE);
      const grown = {
        topics: [{ name, count, assignments: null }],
        timeoutMs: TIMEOUT_MS,
        validateOnly: false,
      };
      const { results } = await client.send(createPartitionsApi, 2, grown);
      if (results[0]!.errorCode !== 0)
        throw new Error(`topic ${name}: ${errorNameOf(results[0]!.errorCode)}`);
    }
    await served(client, name, partitions, TIMEOUT_MS);
  });
}

/** Resolves when every partition says where it ends. */
export function untilServed(port: number, name: string, partitions: number, withinMs: number): Promise<void> {
  return ask(port, (client) => served(client, name, partitions, withinMs));
}

async function served(client: WireClient, name: string, partitions: number, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while ((await ends(client, name, partitions)) === undefined) {
    if (performance.now() > deadline) throw new Error(`topic ${name} does not serve`);
    await new Promise((resolve) => setTimeout(resolve, SERVED_LOOK_MS));
  }
}

export async function deleteTopic(port: number, name: string): Promise<void> {
  await ask(port, (client) => client.send(deleteTopicsApi, 4, { topicNames: [name], timeoutMs: TIMEOUT_MS }));
}

/** Records in the log by its end offsets: of a new topic exactly those that were appended, and the markers of transactions. */
export async function recordsIn(port: number, name: string, partitions: number): Promise<number> {
  const offsets = await ask(port, (client) => ends(client, name, partitions));
  if (offsets === undefined) throw new Error(`topic ${name} does not say where it ends`);
  return offsets.reduce((sum, offset) => sum + offset, 0);
}

async function ends(client: WireClient, name: string, partitions: number): Promise<number[] | undefined> {
  const answer = await client.send(listOffsetsApi, 6, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [
      {
        name,
        partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({
          partitionIndex,
          timestamp: LATEST,
        })),
      },
    ],
  });
  const found = answer.topics[0]!.partitions;
  return found.every(({ errorCode }) => errorCode === 0) ? found.map(({ offset }) => offset) : undefined;
}
