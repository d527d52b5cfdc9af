/**
 * IncrementalAlterConfigs: v0-v1. SET, DELETE, APPEND, SUBTRACT; all or nothing for each resource.
 */
import { ALTER_OPERATIONS, type Alteration } from '../../config/index.ts';
import { incrementalAlterConfigsApi, KafkaError } from '../../protocol/index.ts';
import { alterResources } from '../alter-resources.ts';
import { alterIncrementally } from '../config-resource.ts';
import { duplicatesOf } from '../duplicates.ts';
import { handler } from '../handler.ts';

export const incrementalAlterConfigs = handler(
  incrementalAlterConfigsApi,
  [0, 1],
  ['image', 'identity', 'configs', 'controller', 'checks'],
  (broker, request) =>
    alterResources(broker, request, (resource, configs) =>
      alterIncrementally(broker, resource, alterationsOf(configs)),
    ),
);

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
