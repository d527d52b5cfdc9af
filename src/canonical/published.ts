/**
 * published: definitions by their name, from the topic `__canonical`, read with the client that a program has anyway, so that it logs in
 * as that does. The first record of a key counts: a version never changes.
 */
import os from 'node:os';
import { parseJsonDefinition } from './definition-text.ts';
import { Lens } from './lens.ts';

export const REGISTRY = '__canonical';

/** `form` is `order@1` or `flight@1/ops`. Throws when it is not published, `DefinitionError` when what is there cannot be used. */
export function publishedLens(form: string, texts: ReadonlyMap<string, string>): Lens {
  const [id, dialect] = form.split('/') as [string, string | undefined];
  const text = texts.get(id);
  if (text === undefined) {
    const known = [...texts.keys()].join(', ') || 'none';
    throw new RangeError(`${id} is not published (gregor canonical publish); published are: ${known}`);
  }
  return new Lens(parseJsonDefinition(text, `${REGISTRY}/${id}`), dialect);
}

/** What of kafkajs is used. */
export interface KafkajsKafka {
  admin(): {
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    listTopics(): Promise<string[]>;
    fetchTopicOffsets(topic: string): Promise<{ low: string; high: string }[]>;
    deleteGroups(groups: string[]): Promise<unknown>;
  };
  consumer(options: { groupId: string }): {
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    subscribe(topics: { topics: string[]; fromBeginning: boolean }): Promise<void>;
    run(options: {
      autoCommit: boolean;
      eachBatch(each: { batch: KafkajsBatch }): Promise<void>;
    }): Promise<void>;
  };
}

interface KafkajsBatch {
  readonly messages: readonly { readonly key: Buffer | null; readonly value: Buffer | null }[];
  lastOffset(): string;
}

let groups = 0;

/** kafkajs reads in groups only: one is made for the look, and deleted. */
export async function textsByKafkajs(kafka: KafkajsKafka): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const admin = kafka.admin();
  await admin.connect();
  try {
    if (!(await admin.listTopics()).includes(REGISTRY)) return texts;
    const [place] = await admin.fetchTopicOffsets(REGISTRY);
    if (place === undefined || BigInt(place.low) >= BigInt(place.high)) return texts;
    const groupId = `gregor-canonical-${os.hostname()}-${process.pid}-${groups++}`;
    const consumer = kafka.consumer({ groupId });
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [REGISTRY], fromBeginning: true });
      const { promise, resolve } = Promise.withResolvers<void>();
      const eachBatch = async ({ batch }: { batch: KafkajsBatch }) => {
        for (const { key, value } of batch.messages) keep(texts, key, value);
        if (BigInt(batch.lastOffset()) + 1n >= BigInt(place.high)) resolve();
      };
      await consumer.run({ autoCommit: false, eachBatch });
      await promise;
    } finally {
      await consumer.disconnect();
    }
    await admin.deleteGroups([groupId]);
    return texts;
  } finally {
    await admin.disconnect();
  }
}

/** What of @platformatic/kafka is used; `topics` is the client's list of those whose metadata it keeps. */
export interface PlatformaticConsumer {
  metadata(options: { topics: string[]; forceUpdate: boolean; retries: number }): Promise<{
    topics: ReadonlyMap<string, { id: string; partitions: readonly { leader: number }[] }>;
  }>;
  listOffsets(options: {
    topics: string[];
    timestamp: bigint;
  }): Promise<ReadonlyMap<string, readonly bigint[]>>;
  fetch(options: object): Promise<PlatformaticFetched>;
}

interface PlatformaticFetched {
  readonly responses: readonly {
    readonly partitions: readonly { readonly records?: readonly PlatformaticBatch[] | undefined }[];
  }[];
}

interface PlatformaticBatch {
  readonly firstOffset: bigint;
  readonly lastOffsetDelta: number;
  readonly attributes: number;
  readonly records: readonly { readonly key: Buffer | null; readonly value: Buffer | null }[];
}

const EARLIEST = -2n;
const LATEST = -1n;
const FETCH_BYTES = 1024 * 1024;
const WAIT_MS = 1000;
const READ_COMMITTED = 1;
const CONTROL = 0x20;

/** Its group is not joined. */
export async function textsByPlatformatic(consumer: PlatformaticConsumer): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const topic = await platformaticTopic(consumer);
  if (topic === undefined) return texts;
  const at = async (timestamp: bigint) =>
    (await consumer.listOffsets({ topics: [REGISTRY], timestamp })).get(REGISTRY)?.[0] ?? 0n;
  const end = await at(LATEST);
  let fetchOffset = await at(EARLIEST);
  while (fetchOffset < end) {
    const place = { partition: 0, fetchOffset, partitionMaxBytes: FETCH_BYTES, currentLeaderEpoch: -1 };
    const { responses } = await consumer.fetch({
      node: topic.partitions[0]!.leader,
      topics: [{ topicId: topic.id, partitions: [{ ...place, lastFetchedEpoch: -1 }] }],
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      maxWaitTime: WAIT_MS,
      isolationLevel: READ_COMMITTED,
    });
    for (const batch of responses.flatMap(({ partitions }) =>
      partitions.flatMap(({ records }) => records ?? []),
    )) {
      if ((batch.attributes & CONTROL) === 0)
        for (const { key, value } of batch.records) keep(texts, key, value);
      fetchOffset = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
    }
  }
  return texts;
}

async function platformaticTopic(consumer: PlatformaticConsumer) {
  try {
    const { topics } = await consumer.metadata({ topics: [REGISTRY], forceUpdate: true, retries: 0 });
    return topics.get(REGISTRY);
  } catch (error) {
    if (/UNKNOWN_TOPIC_OR_PARTITION|Unknown topic/.test(textOf(error))) return undefined;
    throw error;
  }
}

/** The client wraps what the broker said, more than once. */
function textOf(error: unknown): string {
  const {
    message = '',
    errors = [],
    apiId = '',
    cause,
  } = error as {
    message?: string;
    errors?: unknown[];
    apiId?: string;
    cause?: unknown;
  };
  return [message, apiId, ...errors.map(textOf), cause === undefined ? '' : textOf(cause)].join(' ');
}

function keep(texts: Map<string, string>, key: Buffer | null, value: Buffer | null): void {
  if (key !== null && value !== null && !texts.has(key.toString()))
    texts.set(key.toString(), value.toString());
}
