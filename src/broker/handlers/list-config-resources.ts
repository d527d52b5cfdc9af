/**
 * ListConfigResources: v0-v1. What DescribeConfigs can be asked about.
 *
 * Behaviour: topics, this broker (settings and log levels), and groups on which something was set.
 * Version notes: v0 client metrics alone, of which none are kept; v1 any types, an empty list for all (KIP-1142).
 */
import { errorCode, KafkaError, listConfigResourcesApi } from '../../protocol/index.ts';
import type { Broker } from '../broker.ts';
import { handler } from '../handler.ts';

type Needs = Pick<Broker, 'image' | 'identity'>;

const CLIENT_METRICS = 16;
const NAMES_BY_TYPE: ReadonlyMap<number, (broker: Needs) => string[]> = new Map([
  [2, ({ image }: Needs) => Array.from(image.topics, ({ name }) => name)],
  [4, ({ identity }: Needs) => [String(identity.nodeId)]],
  [8, ({ identity }: Needs) => [String(identity.nodeId)]],
  [CLIENT_METRICS, () => []],
  [32, ({ image }: Needs) => [...image.groupConfigs].filter(([, set]) => set.size > 0).map(([id]) => id)],
]);

export const listConfigResources = handler(
  listConfigResourcesApi,
  [0, 1],
  ['image', 'identity', 'controller'],
  async (broker, request, { version }) => {
    try {
      const configResources = typesIn(request.resourceTypes, version).flatMap((resourceType) =>
        namesOf(broker, resourceType).map((resourceName) => ({ resourceName, resourceType })),
      );
      await broker.controller.settled();
      return { errorCode: 0, configResources };
    } catch (error) {
      return { errorCode: errorCode(error), configResources: [] };
    }
  },
  { refuse: (_request, error) => ({ errorCode: errorCode(new KafkaError(error)), configResources: [] }) },
);

function typesIn(asked: readonly number[], version: number): readonly number[] {
  if (version === 0) return [CLIENT_METRICS];
  return asked.length === 0 ? [...NAMES_BY_TYPE.keys()] : [...new Set(asked)];
}

function namesOf(broker: Needs, type: number): string[] {
  const names = NAMES_BY_TYPE.get(type);
  if (names === undefined) throw new KafkaError('UNSUPPORTED_VERSION', `resource type ${type} is not known`);
  return names(broker);
}
