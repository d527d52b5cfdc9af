/**
 * DeleteTopics: v1-v6.
 *
 * Behaviour: gone for everyone in the turn of the request; answered when that is durable; the files go afterwards.
 * Version notes: v6 by name or by id, exactly one of them.
 */
import { deleteTopicsApi, errorCode, KafkaError, ZERO_UUID } from '../../protocol/index.ts';
import type { Topic } from '../../cluster/index.ts';
import type { Broker } from '../broker.ts';
import { duplicatesOf } from '../duplicates.ts';
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
    const found = asked.map((one) => topicOf(broker, one));
    const twice = duplicatesOf(found.flatMap((topic) => (topic === undefined ? [] : [topic.id])));
    const refusedTwice = new Set<string>();
    const responses = asked.flatMap((one, at) => {
      const topic = found[at];
      // Named twice is named wrongly: nothing happens to it, and it is answered once.
      if (topic !== undefined && twice.has(topic.id)) {
        if (refusedTwice.has(topic.id)) return [];
        refusedTwice.add(topic.id);
      }
      try {
        if (!broker.configs.deleteTopicsEnabled())
          throw new KafkaError('TOPIC_DELETION_DISABLED', 'delete.topic.enable is false');
        const topic = mustBe(found[at], one);
        if (twice.has(topic.id))
          throw new KafkaError('INVALID_REQUEST', `topic '${topic.name}' is in the request twice`);
        if (topic.isInternal)
          throw new KafkaError('INVALID_TOPIC_EXCEPTION', `${topic.name} belongs to the broker`);
        broker.controller.apply([{ kind: 'remove-topic', topicId: topic.id }]); // waited for below
        return { name: topic.name, topicId: topic.id, errorCode: 0, errorMessage: null };
      } catch (error) {
        return {
          name: one.name,
          topicId: topic?.id ?? one.topicId,
          errorCode: errorCode(error),
          errorMessage: (error as KafkaError).explanation,
        };
      }
    });
    await broker.controller.settled();
    return { responses };
  },
);

function topicOf(broker: Pick<Broker, 'image'>, asked: Asked): Topic | undefined {
  if (!isOneName(asked)) return undefined;
  return asked.name === null ? broker.image.findById(asked.topicId) : broker.image.find(asked.name);
}

const isOneName = ({ name, topicId }: Asked) => (name === null) !== (topicId === ZERO_UUID);

function mustBe(topic: Topic | undefined, asked: Asked): Topic {
  const { name } = asked;
  if (!isOneName(asked)) throw new KafkaError('INVALID_REQUEST', 'a topic is named either by name or by id');
  if (topic === undefined)
    throw new KafkaError(name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION');
  return topic;
}
