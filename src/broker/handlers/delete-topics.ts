/**
 * DeleteTopics: v1–v6.
 *
 * Behaviour: gone for everyone in the turn of the request; answered when that is durable; the files go afterwards.
 * Version notes: v6 by name or by id, exactly one of them.
 */
import { deleteTopicsApi, errorCode, KafkaError, ZERO_UUID } from '../../protocol/index.ts';
import type { Topic } from '../../cluster/index.ts';
import type { Broker } from '../broker.ts';
import { handler } from '../handler.ts';

const BY_ID_SINCE = 6;

interface Asked {
  readonly name: string | null;
  readonly topicId: string;
}

export const deleteTopics = handler(
  deleteTopicsApi,
  [1, 6],
  ['image', 'controller', 'configs'],
  async (broker, request, context) => {
    const asked: Asked[] =
      context.version >= BY_ID_SINCE
        ? request.topics
        : request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
    const seen = new Set<string>();
    const responses = asked.map((one) => {
      try {
        if (!broker.configs.deleteTopicsEnabled())
          throw new KafkaError('TOPIC_DELETION_DISABLED', 'delete.topic.enable is false');
        const topic = find(broker, one);
        if (seen.has(topic.id))
          throw new KafkaError('INVALID_REQUEST', `topic '${topic.name}' is in the request twice`);
        seen.add(topic.id);
        if (topic.isInternal)
          throw new KafkaError('INVALID_TOPIC_EXCEPTION', `${topic.name} belongs to the broker`);
        void broker.controller.commit([{ kind: 'remove-topic', topicId: topic.id }]); // waited for below
        return { name: topic.name, topicId: topic.id, errorCode: 0, errorMessage: null };
      } catch (error) {
        return {
          name: one.name,
          topicId: one.topicId,
          errorCode: errorCode(error),
          errorMessage: (error as KafkaError).explanation,
        };
      }
    });
    await broker.controller.settled();
    return { responses };
  },
);

function find(broker: Pick<Broker, 'image'>, { name, topicId }: Asked): Topic {
  if ((name === null) === (topicId === ZERO_UUID))
    throw new KafkaError('INVALID_REQUEST', 'a topic is named either by name or by id');
  const topic = name === null ? broker.image.findById(topicId) : broker.image.find(name);
  if (topic === undefined)
    throw new KafkaError(name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION');
  return topic;
}
