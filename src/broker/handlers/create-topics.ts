/**
 * CreateTopics: v2-v7.
 *
 * Behaviour: every topic succeeds or fails by itself; those that succeed are one batch of the metadata log, and the
 * answer waits until it is durable. Asked for several replicas, one is kept and that is reported (see
 * `gregor.replication.factor`).
 * Version notes: v4 -1 for the broker's defaults; v5 partitions and settings in the answer; v7 topic id.
 */
import { type CreateTopicsRequest, createTopicsApi, errorCode, KafkaError } from '../../protocol/index.ts';
import { createTopic, type MetadataRecord, type TopicRequest } from '../../cluster/index.ts';
import type { Broker } from '../broker.ts';
import { Definitions } from '../definitions.ts';
import { duplicatesOf } from '../duplicates.ts';
import { handler } from '../handler.ts';

type Needs = 'image' | 'controller' | 'random' | 'configs' | 'events';
type Definable = TopicRequest & { readonly definitions: Definitions | undefined };

/** Partitions that are made before others get a turn: some milliseconds. */
const PARTITIONS_IN_A_ROW = 100;

export const createTopics = handler(
  createTopicsApi,
  [2, 7],
  ['clock', 'image', 'controller', 'random', 'configs', 'events', 'checks'],
  async (broker, request, context) => {
    const creating = createAll(broker, request);
    // What comes behind on this connection finds all of them.
    if (request.topics.length > 1) context.room.hold(creating.then(nothing, nothing));
    const topics = await creating;
    await broker.controller.settled();
    return { topics };
  },
);

const nothing = () => {};

async function createAll(
  broker: Pick<Broker, Needs | 'clock' | 'checks'>,
  { topics, validateOnly }: CreateTopicsRequest,
) {
  const examined = Definitions.examine(
    broker.checks,
    topics.flatMap(({ configs }) => configs),
  );
  const definitions = examined === undefined ? undefined : await examined;
  const twice = duplicatesOf(topics.map(({ name }) => name));
  const answers: ReturnType<typeof create>[] = [];
  let inARow = 0;
  for (const topic of topics) {
    if (inARow >= PARTITIONS_IN_A_ROW) {
      await broker.clock.turn();
      inARow = 0;
    }
    const request = { ...topic, partitionCount: topic.numPartitions, definitions };
    const answer = create(broker, request, twice.has(topic.name), validateOnly);
    answers.push(answer);
    inARow += Math.max(1, topic.numPartitions, answer.numPartitions); // refused ones were work, too
  }
  return answers;
}

function create(broker: Pick<Broker, Needs>, topic: Definable, isTwice: boolean, validateOnly: boolean) {
  try {
    if (isTwice) throw new KafkaError('INVALID_REQUEST', `topic '${topic.name}' is in the request twice`);
    topic.definitions?.refuse(topic.configs);
    const topicId = broker.random.uuid();
    const records = createTopic(broker.image, topic, topicId, broker.configs.topicRules());
    const numPartitions = records.filter((record) => record.kind === 'partition').length;
    const configs = broker.configs.describeTopicOverrides(overridesOf(records));
    if (!validateOnly) {
      broker.controller.apply(records); // the handler waits with `settled`
      if (topic.replicationFactor > 1)
        broker.events(
          'info',
          `Asked for ${topic.replicationFactor} replicas of "${topic.name}"; kept 1, synced before every ack (gregor.replication.factor=strict refuses instead)`,
        );
    }
    return {
      name: topic.name,
      topicId,
      errorCode: 0,
      errorMessage: null,
      numPartitions,
      replicationFactor: 1,
      configs,
    };
  } catch (error) {
    return {
      name: topic.name,
      errorCode: errorCode(error),
      errorMessage: (error as KafkaError).explanation,
      numPartitions: -1,
      replicationFactor: -1,
      configs: [],
    };
  }
}

function overridesOf(records: readonly MetadataRecord[]): Map<string, string> {
  const overrides = new Map<string, string>();
  for (const record of records)
    if (record.kind === 'config' && record.value !== null) overrides.set(record.name, record.value);
  return overrides;
}
