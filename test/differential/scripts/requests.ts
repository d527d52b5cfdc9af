/** Requests that many scripts need, in their shortest form. */
import {
  describeConfigsApi,
  fetchApi,
  incrementalAlterConfigsApi,
  initProducerIdApi,
  listOffsetsApi,
  produceApi,
} from '../../../src/protocol/index.ts';
import { ask, type AskStep, type Run } from '../script.ts';

type Options = Parameters<typeof ask>[3];

/** Produces to partition 0. */
export function produce(topic: string, records: Buffer | null, version = 9, acks = -1): AskStep {
  return ask(produceApi, version, {
    acks,
    timeoutMs: 5000,
    topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
  });
}

export interface FetchedPartition {
  readonly partition?: number;
  readonly fetchOffset?: number;
  readonly currentLeaderEpoch?: number;
  readonly lastFetchedEpoch?: number;
  readonly partitionMaxBytes?: number;
}

export interface FetchOptions {
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly isolationLevel?: number;
}

/** Fetches by name, without a session and without waiting. */
export function fetch(
  topic: string,
  partitions: readonly FetchedPartition[] = [{}],
  version = 12,
  more: FetchOptions = {},
): AskStep {
  return ask(fetchApi, version, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1_000_000,
    ...more,
    topics: [
      {
        topic,
        partitions: partitions.map((partition) => ({
          partition: 0,
          fetchOffset: 0,
          partitionMaxBytes: 1_000_000,
          ...partition,
        })),
      },
    ],
  });
}

export function listOffset(topic: string, timestamp: number, version = 8, more: object = {}): AskStep {
  return ask(listOffsetsApi, version, {
    replicaId: -1,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp, ...more }] }],
  });
}

/** A producer id, known to later steps as `producerOf(run)`. */
export const initProducer: AskStep = ask(
  initProducerIdApi,
  4,
  { transactionalId: null, transactionTimeoutMs: 1000 },
  { as: 'producer' },
);
export const producerOf = (run: Run): number => run.answer(initProducerIdApi, 'producer').producerId;

export const TOPIC = 2;
export const BROKER = 4;
export const SET = 0;
export const DELETE = 1;
export const APPEND = 2;
export const SUBTRACT = 3;

export function describeConfigs(
  resourceType: number,
  resourceName: string,
  configurationKeys: readonly string[] | null,
  version = 4,
  options: Options = {},
): AskStep {
  return ask(
    describeConfigsApi,
    version,
    { resources: [{ resourceType, resourceName, configurationKeys }], includeSynonyms: true },
    options as never,
  );
}

export type Alteration = readonly [operation: number, name: string, value: string | null];

export function alterConfigs(
  resourceType: number,
  resourceName: string,
  alterations: readonly Alteration[],
  validateOnly = false,
): AskStep {
  return ask(incrementalAlterConfigsApi, 1, {
    resources: [
      {
        resourceType,
        resourceName,
        configs: alterations.map(([configOperation, name, value]) => ({ configOperation, name, value })),
      },
    ],
    validateOnly,
  });
}
