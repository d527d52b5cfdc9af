/**
 * AlterResources: what both ways to alter settings have in common. Each resource is altered whole or refused whole, and none because of another;
 * all are durable before the answer.
 */
import type { MetadataRecord } from '../cluster/index.ts';
import { KafkaError } from '../protocol/index.ts';
import type { Broker } from './broker.ts';
import { findResource, type FoundResource, refusedResource } from './config-resource.ts';
import { Definitions } from './definitions.ts';
import { duplicatesOf } from './duplicates.ts';

interface Named {
  readonly name: string;
  readonly value: string | null;
}

interface Alter<Config> {
  readonly resources: readonly {
    readonly resourceType: number;
    readonly resourceName: string;
    readonly configs: readonly Config[];
  }[];
  readonly validateOnly: boolean;
}

/** `recordsOf` throws why these settings cannot be. */
export async function alterResources<Config extends Named>(
  broker: Pick<Broker, 'image' | 'identity' | 'controller' | 'checks'>,
  { resources, validateOnly }: Alter<Config>,
  recordsOf: (resource: FoundResource, configs: readonly Config[]) => readonly MetadataRecord[],
) {
  const named = resources.flatMap(({ configs }) => configs);
  const examined = Definitions.examine(broker.checks, named);
  const definitions = examined === undefined ? undefined : await examined;
  const twice = duplicatesOf(resources.map(keyOf));
  const responses = resources.map((one) => {
    const { resourceType, resourceName, configs } = one;
    try {
      if (twice.has(keyOf(one)))
        throw new KafkaError('INVALID_REQUEST', `'${resourceName}' is in the request twice`);
      const resource = findResource(broker, resourceType, resourceName);
      definitions?.refuse(configs);
      const records = recordsOf(resource, configs);
      if (!validateOnly) broker.controller.apply(records); // waited for below
      return { errorCode: 0, errorMessage: null, resourceType, resourceName };
    } catch (error) {
      return refusedResource(error, one);
    }
  });
  await broker.controller.settled();
  return { responses };
}

function keyOf(resource: { readonly resourceType: number; readonly resourceName: string }): string {
  return `${resource.resourceType}:${resource.resourceName}`;
}
