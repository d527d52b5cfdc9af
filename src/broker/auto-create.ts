/** Topics made on first use: one creation for all who ask at the same time; the answer waits until it is durable. */
import { createTopic, type Topic } from '../cluster/index.ts';
import type { Broker } from './broker.ts';

type Needs = 'image' | 'controller' | 'random' | 'configs';

const BROKER_DEFAULT = -1;

/** The topic, existing or new. Throws INVALID_TOPIC_EXCEPTION for a bad name. Await `controller.settled()` before telling. */
export function autoCreate(broker: Pick<Broker, Needs>, name: string): Topic {
  const existing = broker.image.find(name);
  if (existing !== undefined) return existing;
  const request = {
    name,
    partitionCount: BROKER_DEFAULT,
    replicationFactor: BROKER_DEFAULT,
    assignments: [],
    configs: [],
  };
  const records = createTopic(broker.image, request, broker.random.uuid(), broker.configs.topicRules());
  broker.controller.apply(records);
  return broker.image.find(name)!;
}
