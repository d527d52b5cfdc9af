/**
 * CreatePartitions: v0-v3. A topic can only grow.
 */
import { createPartitionsApi, errorCode, KafkaError } from '../../protocol/index.ts';
import { createPartitions as decide } from '../../cluster/index.ts';
import { duplicatesOf } from '../duplicates.ts';
import { handler } from '../handler.ts';

export const createPartitions = handler(
  createPartitionsApi,
  [0, 3],
  ['image', 'controller', 'configs'],
  async (broker, request) => {
    const twice = duplicatesOf(request.topics.map((topic) => topic.name));
    const asked = new Map(request.topics.map((topic) => [topic.name, topic])); // each is answered once
    const results = [...asked.values()].map(({ name, count, assignments }) => {
      try {
        if (twice.has(name))
          throw new KafkaError('INVALID_REQUEST', `topic '${name}' is in the request twice`);
        const records = decide(broker.image.find(name), count, assignments, broker.configs.topicRules());
        if (!request.validateOnly) broker.controller.apply(records); // waited for below
        return { name, errorCode: 0, errorMessage: null };
      } catch (error) {
        return { name, errorCode: errorCode(error), errorMessage: (error as KafkaError).explanation };
      }
    });
    await broker.controller.settled();
    return { results };
  },
);
