/**
 * AlterConfigs: v0-v2. Replaces everything that was set on a resource; kept for clients that know nothing newer.
 */
import { alterConfigsApi, KafkaError } from '../../protocol/index.ts';
import { alterResources } from '../alter-resources.ts';
import { replaceAll } from '../config-resource.ts';
import { duplicatesOf } from '../duplicates.ts';
import { handler } from '../handler.ts';

export const alterConfigs = handler(
  alterConfigsApi,
  [0, 2],
  ['image', 'identity', 'controller', 'configs', 'checks'],
  (broker, request) =>
    alterResources(broker, request, (resource, configs) => {
      checkNames(configs);
      return replaceAll(broker, resource, configs);
    }),
);

function checkNames(configs: readonly { name: string; value: string | null }[]): void {
  const [twice] = duplicatesOf(configs.map(({ name }) => name));
  if (twice !== undefined) throw new KafkaError('INVALID_REQUEST', `${twice} is set twice`);
  const empty = configs.find(({ value }) => value === null);
  if (empty !== undefined)
    throw new KafkaError('INVALID_REQUEST', `${empty.name} has no value: leave it out for the default`);
}
