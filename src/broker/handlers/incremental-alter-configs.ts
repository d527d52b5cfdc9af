/**
 * IncrementalAlterConfigs: v0–v1. SET, DELETE, APPEND, SUBTRACT; all or nothing for each resource.
 */
import { ALTER_OPERATIONS, type Alteration } from '../../config/index.ts';
import { errorCode, incrementalAlterConfigsApi, KafkaError } from '../../protocol/index.ts';
import { alterIncrementally, findResource } from '../config-resource.ts';
import { Definitions } from '../definitions.ts';
import { duplicatesOf } from '../duplicates.ts';
import { handler } from '../handler.ts';

export const incrementalAlterConfigs = handler(
  incrementalAlterConfigsApi,
  [0, 1],
  ['image', 'identity', 'configs', 'controller', 'checks'],
  async (broker, request) => {
    const named = request.resources.flatMap(({ configs }) => configs);
    const examined = Definitions.examine(broker.checks, named);
    const definitions = examined === undefined ? undefined : await examined;
    const twice = duplicatesOf(request.resources.map(keyOf));
    const responses = request.resources.map((one) => {
      const { resourceType, resourceName, configs } = one;
      try {
        if (twice.has(keyOf(one)))
          throw new KafkaError('INVALID_REQUEST', `'${resourceName}' is in the request twice`);
        const resource = findResource(broker, resourceType, resourceName);
        definitions?.refuse(configs);
        const records = alterIncrementally(broker, resource, alterationsOf(configs));
        if (!request.validateOnly) broker.controller.apply(records); // waited for below
        return { errorCode: 0, errorMessage: null, resourceType, resourceName };
      } catch (error) {
        return {
          errorCode: errorCode(error),
          errorMessage: (error as KafkaError).explanation,
          resourceType,
          resourceName,
        };
      }
    });
    await broker.controller.settled();
    return { responses };
  },
);

function keyOf(resource: { resourceType: number; resourceName: string }): string {
  return `${resource.resourceType}:${resource.resourceName}`;
}

function alterationsOf(
  configs: readonly { name: string; configOperation: number; value: string | null }[],
): Alteration[] {
  const [twice] = duplicatesOf(configs.map(({ name }) => name));
  if (twice !== undefined) throw new KafkaError('INVALID_REQUEST', `${twice} is altered twice`);
  return configs.map(alteration);
}

function alteration(config: { name: string; configOperation: number; value: string | null }): Alteration {
  const { name, configOperation, value } = config;
  const operation = ALTER_OPERATIONS[configOperation];
  if (operation === undefined)
    throw new KafkaError('INVALID_REQUEST', `operation ${configOperation} does not exist`);
  if (value === null && operation !== 'delete')
    throw new KafkaError('INVALID_REQUEST', `${name}: ${operation} needs a value`);
  return { name, operation, value };
}
