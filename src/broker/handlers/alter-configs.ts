/**
 * AlterConfigs: v0–v2. Replaces everything that was set on a resource; kept for clients that know nothing newer.
 */
import { alterConfigsApi, errorCode, KafkaError } from '../../protocol/index.ts';
import { findResource, replaceAll } from '../config-resource.ts';
import { Definitions } from '../definitions.ts';
import { duplicatesOf } from '../duplicates.ts';
import { handler } from '../handler.ts';

export const alterConfigs = handler(
  alterConfigsApi,
  [0, 2],
  ['image', 'identity', 'controller', 'configs', 'checks'],
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
        checkNames(configs);
        definitions?.refuse(configs);
        const records = replaceAll(broker, findResource(broker, resourceType, resourceName), configs);
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

function checkNames(configs: readonly { name: string; value: string | null }[]): void {
  const [twice] = duplicatesOf(configs.map(({ name }) => name));
  if (twice !== undefined) throw new KafkaError('INVALID_REQUEST', `${twice} is set twice`);
  const empty = configs.find(({ value }) => value === null);
  if (empty !== undefined)
    throw new KafkaError('INVALID_REQUEST', `${empty.name} has no value: leave it out for the default`);
}
