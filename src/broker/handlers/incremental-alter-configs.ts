/**
 * IncrementalAlterConfigs: v0–v1. SET, DELETE, APPEND, SUBTRACT; all or nothing for each resource.
 */
import { ALTER_OPERATIONS, type Alteration } from '../../config/index.ts';
import { errorCode, incrementalAlterConfigsApi, KafkaError } from '../../protocol/index.ts';
import { alterIncrementally, findResource } from '../config-resource.ts';
import { handler } from '../handler.ts';

export const incrementalAlterConfigs = handler(
  incrementalAlterConfigsApi,
  [0, 1],
  ['image', 'identity', 'configs', 'controller'],
  async (broker, request) => {
    const seen = new Set<string>();
    const responses = request.resources.map(({ resourceType, resourceName, configs }) => {
      try {
        const key = `${resourceType}:${resourceName}`;
        if (seen.has(key))
          throw new KafkaError('INVALID_REQUEST', `'${resourceName}' is in the request twice`);
        seen.add(key);
        const resource = findResource(broker, resourceType, resourceName);
        const records = alterIncrementally(broker, resource, configs.map(alteration));
        if (!request.validateOnly) void broker.controller.commit(records); // waited for below
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

function alteration(
  config: { name: string; configOperation: number; value: string | null },
  index: number,
  all: readonly { name: string }[],
): Alteration {
  const { name, configOperation, value } = config;
  const operation = ALTER_OPERATIONS[configOperation];
  if (operation === undefined)
    throw new KafkaError('INVALID_REQUEST', `operation ${configOperation} does not exist`);
  if (all.findIndex((one) => one.name === name) !== index)
    throw new KafkaError('INVALID_REQUEST', `${name} is altered twice`);
  if (value === null && operation !== 'delete')
    throw new KafkaError('INVALID_REQUEST', `${name}: ${operation} needs a value`);
  return { name, operation, value };
}
